import { tooManyRequests } from '../core/errors.ts';
import type { Form } from '../http/form.ts';
import type { Interaction } from '../oidc/interaction.ts';
import { CHALLENGE, type Challenge, type Challenges } from '../risk/challenges.ts';
import { decide } from '../risk/decide.ts';
import { type Attempt, gather } from '../risk/gather.ts';
import { failuresAround } from '../risk/throttle.ts';
import { browserOf, marksOf } from './origin.ts';
import type { Again, Visit } from './visit.ts';

/** Where a form stands: in a sign-in, or on a page of its own. */
type Place = Pick<Visit, 'ctx'> & { interaction?: Pick<Interaction, 'uid'> };

/** A form that may ask for work: its name and what is known of who sends it. `failures`: default those of the address. */
export type Guarded = { name: string } & Pick<Attempt, 'failures' | 'form' | 'email'>;

/** The page once more, with what the browser has to do. */
export type WorkAsked = Pick<Again, 'errors'> & { challenge: Challenge };

/**
 * Work or a captcha before a form is looked at, where its request scores `settings.risk.challenge.from_score` or more. The view
 * of the form has the macro of `challenge.njk` in it, and `challenge` in its data.
 */
export function createWorkGate({ challenges }: { challenges: Challenges }) {
  const makeFor = async (place: Place, { name, ...attempt }: Guarded): Promise<Challenge | undefined> => {
    const { ctx } = place;
    const { ip, tenant } = ctx.state;
    const failures = attempt.failures ?? (await failuresAround(tenant, ip));
    // Of nobody in particular: there is no history to look at, and the time says nothing.
    const signals = await gather(tenant, { ...attempt, failures, ip, at: 0, headers: marksOf(ctx) });
    const { score } = decide(signals, tenant.settings.risk);
    return challenges.make(tenant, { purpose: purposeOf(place, name), score });
  };

  return {
    /** Undefined: look at the form. Errors `too_many_requests` (waited instead of working too often), `unavailable`. */
    async ask(place: Place, form: Form, guarded: Guarded): Promise<WorkAsked | undefined> {
      const challenge = await makeFor(place, guarded);
      if (!challenge) return undefined;
      const { ip, tenant } = place.ctx.state;
      const verdict = await challenges.check(tenant, { purpose: purposeOf(place, guarded.name), form, ip });
      if (verdict.passed) return undefined;
      if (verdict.reason === 'throttled') throw tooManyRequests(verdict.retryAfter);
      if (!form.has(CHALLENGE)) return { errors: [{ field: '', message: 'challenge.needed' }], challenge };
      if (verdict.reason !== 'too_soon') return { errors: [{ field: '', message: 'challenge.again' }], challenge };
      // Another challenge would begin the wait anew.
      const { work } = verdict;
      const tooSoon = { field: '', message: 'challenge.too_soon', values: { seconds: work.wait } };
      return { errors: [tooSoon], challenge: { ...challenge, work } };
    },

    /** What a form would ask for, so that the browser works while it is filled in. */
    ahead: async (place: Place, name: string): Promise<Challenge | undefined> =>
      // Whoever has signed in here before is likely to be asked for nothing.
      browserOf(place.ctx) ? undefined : makeFor(place, { name }),
  };
}

export type WorkGate = ReturnType<typeof createWorkGate>;

/** What was worked for one sign-in is of no use in another. */
const purposeOf = ({ interaction }: Place, name: string) => `${name} ${interaction?.uid ?? ''}`;
