import { type Clock, seconds } from '../../core/clock.ts';
import type { Codes } from '../../factors/code/codes.ts';
import type { UpstreamIdentity } from '../../factors/upstream/identity.ts';
import type { Pages } from '../../http/page.ts';
import { guesserOf } from '../guesser.ts';
import { againLater } from '../steps/codes-refused.ts';
import { type Answer, firstPath, type Visit } from '../visit.ts';
import { findWaiting, wait } from './waiting.ts';

/** The page where the code of the address is typed. */
export const PROVE_EMAIL = 'upstream-email';

/** Sends a code to the address that an upstream told, and goes on to where it is typed. */
export type SendProof = (visit: Visit, identity: UpstreamIdentity, email: string) => Promise<NonNullable<Answer>>;

export const createSendProof =
  ({ clock, codes, pages }: { clock: Clock; codes: Pick<Codes, 'send'>; pages: Pick<Pages, 'locale'> }): SendProof =>
  async (visit, identity, email) => {
    const { ctx, tenant, interaction } = visit;
    const { uid } = interaction;
    const sent = await codes.send(tenant, {
      channel: 'email',
      purpose: 'verify_email',
      binding: bindingOf(visit),
      to: email,
      locale: pages.locale(ctx, { tenant, uiLocales: interaction.params.ui_locales }),
      origin: guesserOf(ctx),
    });
    const shown = { show: PROVE_EMAIL };
    if (sent.ok) {
      await wait(tenant, uid, { for: 'email', identity, email, again: seconds(clock) + sent.resendIn });
      return firstPath(visit, shown);
    }
    // The code before, if there is one for this address, is still good.
    const before = await findWaiting(tenant, uid, 'email');
    return againLater(visit, sent.retryAfter, before?.email === email ? { query: shown } : {});
  };

/** What only this browser has; a sign-up in the same sign-in has codes of its own. */
export const bindingOf = ({ interaction }: Visit): string => `upstream ${interaction.uid}`;
