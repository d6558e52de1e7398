import { type Clock, seconds } from '../../core/clock.ts';
import type { Codes } from '../../factors/code/codes.ts';
import type { Sent } from '../../factors/code/send.ts';
import type { Pages } from '../../http/page.ts';
import { interactionPath } from '../../oidc/interaction-path.ts';
import { beganBy } from '../began.ts';
import type { CodeWay } from '../code-ways.ts';
import { guesserOf } from '../guesser.ts';
import { changeJourney, type Journey } from '../journey.ts';
import type { Visit } from '../visit.ts';

/** `to` absent: nobody is to get it, and all looks as if somebody did. `typed`: what the user called the account. */
export type CodeToSend = {
  way: CodeWay;
  purpose: 'sign_in' | 'second_factor';
  accountId?: string | undefined;
  to?: string | undefined;
  typed?: string;
};

/** Sends a code or a link, and notes in the journey that it was sent, with `more` that the journey is to know then. */
export type SendCode = (visit: Visit, code: CodeToSend, more?: Partial<Journey>) => Promise<Sent>;

export function createSendCode(deps: {
  clock: Clock;
  codes: Pick<Codes, 'send' | 'sendLink'>;
  pages: Pick<Pages, 'locale'>;
}): SendCode {
  return async (visit, { way, purpose, accountId, to, typed }, more = {}) => {
    const { ctx, tenant, interaction } = visit;
    const locale = deps.pages.locale(ctx, { tenant, uiLocales: interaction.params.ui_locales });
    const binding = bindingOf(visit, purpose);
    const context = beganBy(visit, locale);
    const request = { purpose, binding, accountId, to, typed, locale, context, origin: guesserOf(ctx) };
    const sent =
      way === 'email_link'
        ? await deps.codes.sendLink(tenant, { ...request, url: (token) => linkUrl(visit, token) })
        : await deps.codes.send(tenant, { ...request, channel: way === 'sms_code' ? 'sms' : 'email' });
    if (!sent.ok) return sent;
    const mark = { way, purpose, again: seconds(deps.clock) + sent.resendIn, ...(typed !== undefined && { typed }) };
    await changeJourney(tenant, interaction.uid, (journey) => ({ ...journey, ...more, sent: mark }));
    return sent;
  };
}

/** What only this browser has; of a second factor, as long as it goes on as the same account. */
export const bindingOf = ({ interaction, account }: Visit, purpose: CodeToSend['purpose']): string =>
  purpose === 'sign_in' ? interaction.uid : JSON.stringify([interaction.uid, account?.id]);

const linkUrl = ({ tenant, interaction: { uid, client } }: Visit, token: string): string =>
  new URL(interactionPath(tenant, uid, { client: client.id, token }, 'link'), tenant.issuer).href;
