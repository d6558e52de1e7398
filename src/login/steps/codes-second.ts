import type { Accounts } from '../../accounts/accounts.ts';
import { type Clock, seconds } from '../../core/clock.ts';
import { invalidInput } from '../../core/errors.ts';
import type { CodeRefused, Codes } from '../../factors/code/codes.ts';
import type { Phones } from '../../factors/phone/phones.ts';
import type { FactorName } from '../../factors/proof.ts';
import type { Verified } from '../../factors/verification.ts';
import { interactionPath } from '../../oidc/interaction-path.ts';
import { guesserOf } from '../guesser.ts';
import { maskedEmail, maskedNumber } from '../masked.ts';
import { factorsAsked, isSecond, type StepForm, type Visit } from '../visit.ts';
import { againLater } from './codes-refused.ts';
import { bindingOf, type SendCode } from './codes-send.ts';

export type SecondCodeWay = Extract<FactorName, 'email_code' | 'sms_code'>;

/** `waitFor`: seconds until another one may be sent. */
export type SecondCodeShown = { address: string; sent: boolean; waitFor: number };

/** Codes by mail and text message as a proof more, to the stored address of the account that is known by now. */
export function secondCodes(deps: {
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  phones: Pick<Phones, 'list'>;
  codes: Pick<Codes, 'verify'>;
  sendCode: SendCode;
}) {
  return {
    /** What the page tells of it. Sends nothing. */
    async shown(visit: Visit, way: SecondCodeWay): Promise<SecondCodeShown> {
      const { sent } = visit.journey;
      const isSent = sent?.purpose === 'second_factor' && sent.way === way;
      const to = (await addressOf(visit, way)) ?? '';
      return {
        address: way === 'sms_code' ? maskedNumber(to) : maskedEmail(to),
        sent: isSent,
        waitFor: isSent ? Math.max(0, sent.again - seconds(deps.clock)) : 0,
      };
    },

    verify: (visit: Visit, code: string): Promise<Verified<object> | CodeRefused> =>
      deps.codes.verify(visit.tenant, {
        purpose: 'second_factor',
        binding: bindingOf(visit, 'second_factor'),
        code,
        origin: guesserOf(visit.ctx),
      }),

    form: {
      answers: ['verify'],
      async take(visit, form) {
        const { tenant, interaction, account } = visit;
        const way = form.get('method');
        if (!account || !isSecond(visit) || !isSecondCodeWay(way) || !factorsAsked(visit).includes(way))
          throw invalidInput('the field "method" must name a way that is asked for');
        const to = await addressOf(visit, way);
        if (to === undefined) throw invalidInput('there is no address for this way any more');
        const sent = await deps.sendCode(visit, { way, purpose: 'second_factor', accountId: account.id, to });
        if (sent.ok) return interactionPath(tenant, interaction.uid, { client: interaction.client.id, method: way });
        if (sent.reason === 'throttled') return againLater(visit, sent.retryAfter, { values: { method: way } });
        return { again: { errors: [{ field: '', message: 'errors.code_not_sent' }], values: { method: way } } };
      },
    } satisfies StepForm,
  };

  async function addressOf({ tenant, account }: Visit, way: SecondCodeWay): Promise<string | undefined> {
    if (!account) return undefined;
    if (way === 'sms_code') return (await deps.phones.list(tenant, account.id))[0]?.number;
    return (await deps.accounts.get(tenant, account.id))?.email;
  }
}

export type SecondCodes = ReturnType<typeof secondCodes>;

export const isSecondCodeWay = (way: string | undefined): way is SecondCodeWay =>
  way === 'email_code' || way === 'sms_code';
