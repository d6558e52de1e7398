import type { Accounts } from '../../accounts/accounts.ts';
import type { Answer as Proven } from '../../accounts/ports.ts';
import type { Finished, Registration } from '../../accounts/registration/registration.ts';
import { type Clock, seconds } from '../../core/clock.ts';
import { isError, linkGone, tooManyRequests } from '../../core/errors.ts';
import { MINUTES } from '../../factors/code/challenge.ts';
import type { Codes } from '../../factors/code/codes.ts';
import { textOf } from '../../http/fields.ts';
import type { FromOf } from '../from.ts';
import { changeJourney, type Journey, withPassed } from '../journey.ts';
import { linkTo } from '../link-url.ts';
import type { Prove } from '../prove.ts';
import { ticketOf } from '../sign-up-ticket.ts';
import { type Answer, firstPath, type LoginStep, type MaybePage, type Visit } from '../visit.ts';
import { againLater, codeError } from './codes-refused.ts';
import { SHOWN, SIGN_UP } from './sign-up.ts';

const LINK = 'sign-up-link';

/**
 * The proof of a new account's address, and of its phone where that is asked for: by the code or the link of a mail, in the
 * browser that began. It signs in, so that nothing is typed again.
 */
export function signUpProof(deps: {
  clock: Clock;
  prove: Prove;
  accounts: Pick<Accounts, 'get'>;
  registration: Pick<Registration, 'waiting' | 'resend' | 'verify'>;
  codes: Pick<Codes, 'peekLink'>;
  fromOf: FromOf;
}): LoginStep & { page: MaybePage } {
  const { registration } = deps;

  async function waitingOf(visit: Visit) {
    const ticket = ticketOf(visit);
    const waiting = ticket === undefined ? undefined : await registration.waiting(visit.tenant, ticket);
    return ticket !== undefined && waiting ? { ...waiting, ticket } : undefined;
  }

  async function verify(visit: Visit, proven: Proven): Promise<Answer> {
    const { ctx, tenant } = visit;
    const waiting = await waitingOf(visit);
    if (!waiting) return gone(visit);
    const finished = await registration
      .verify(tenant, waiting.ticket, proven, deps.fromOf(ctx))
      .catch((error: unknown) => {
        // Another took the username meanwhile.
        if (!isError(error, 'already_exists')) throw error;
        return undefined;
      });
    if (!finished) return { again: { errors: [NAME_TAKEN], query: { ...SHOWN, new: 'yes' } } };
    if (!finished.ok) return refusal(visit, finished);
    return goOn(visit, waiting.email, finished);
  }

  async function goOn(visit: Visit, email: string, finished: Finished & { ok: true }): Promise<Answer> {
    const { tenant, interaction, policy } = visit;
    const change = (how: (journey: Journey) => Journey) => changeJourney(tenant, interaction.uid, how);
    if (finished.state === 'phone') {
      const again = seconds(deps.clock) + finished.resendIn;
      await change((journey) => ({ ...journey, ...(journey.signUp && { signUp: { ...journey.signUp, again } }) }));
      return firstPath(visit, SHOWN);
    }
    if (finished.state !== 'created') {
      await change((journey) => withPassed({ ...withoutSignUp(journey), identifier: email }, 'create'));
      return { page: { view: finished.state === 'exists' ? 'sign-up-exists' : 'sign-up-waits', data: { email } } };
    }
    const { accountId } = finished;
    const at = seconds(deps.clock);
    const user = await deps.accounts.get(tenant, accountId);
    // The message had both: who has the one has the other, too.
    const factor = policy.firstFactors.includes('email_code') ? 'email_code' : 'email_link';
    await deps.prove(visit, { accountId, proof: { factor, at }, as: user }, withoutSignUp);
    // Typed in this very sign-in.
    if (user?.passwordHash) await deps.prove(visit, { accountId, proof: { factor: 'password', at }, as: user });
    return undefined;
  }

  /** Forgotten, or finished in another tab. */
  async function gone({ tenant, interaction }: Visit): Promise<Answer> {
    await changeJourney(tenant, interaction.uid, withoutSignUp);
    return { again: { errors: [{ field: '', message: 'errors.sign_up_gone' }], query: SHOWN } };
  }

  function refusal(visit: Visit, { reason, retryAfter }: Finished & { ok: false }): Answer | Promise<Answer> {
    if (reason === 'gone') return gone(visit);
    if (reason === 'throttled') throw tooManyRequests(retryAfter ?? 60);
    return { again: { errors: [codeError(reason)], query: SHOWN } };
  }

  return {
    async page(visit, { errors, status }) {
      const waiting = await waitingOf(visit);
      if (!waiting) return undefined;
      return {
        view: 'sign-up-code',
        status: status ?? (errors.length ? 422 : 200),
        data: {
          errors,
          email: waiting.email,
          asks: waiting.asks,
          minutes: MINUTES,
          waitFor: Math.max(0, (visit.journey.signUp?.again ?? 0) - seconds(deps.clock)),
          other: firstPath(visit, { ...SHOWN, new: 'yes' }),
        },
      };
    },

    pages: {},

    opened: {
      async [LINK](ctx, visit) {
        const token = typeof ctx.query.token === 'string' ? ctx.query.token : '';
        const opened = { purpose: 'verify_email' as const, binding: visit && ticketOf(visit), token };
        const link = await deps.codes.peekLink(ctx.state.tenant, { ...opened, origin: deps.fromOf(ctx) });
        if (!link) throw linkGone();
        if (link.sameBrowser) return { view: 'address-link', data: { token, step: LINK } };
        return { view: 'address-elsewhere', data: { code: link.code } };
      },
    },

    forms: {
      'sign-up-code': { answers: SIGN_UP, take: (visit, form) => verify(visit, { code: textOf(form, 'code') }) },
      [LINK]: { answers: SIGN_UP, take: (visit, form) => verify(visit, { token: form.get('token') ?? '' }) },

      'sign-up-again': {
        answers: SIGN_UP,
        async take(visit) {
          const { ctx, tenant, interaction } = visit;
          const waiting = await waitingOf(visit);
          if (!waiting) return gone(visit);
          const sent = await registration.resend(tenant, waiting.ticket, deps.fromOf(ctx), linkTo(visit, LINK));
          if (!sent.ok)
            return sent.reason === 'throttled'
              ? againLater(visit, sent.retryAfter, { query: SHOWN })
              : refusal(visit, sent);
          const again = seconds(deps.clock) + sent.resendIn;
          await changeJourney(tenant, interaction.uid, ({ signUp, ...journey }) => ({
            ...journey,
            ...(signUp && { signUp: { ...signUp, again } }),
          }));
          return firstPath(visit, SHOWN);
        },
      },
    },
  };
}

const NAME_TAKEN = { field: 'username', message: 'errors.username_taken' };

const withoutSignUp = ({ signUp: _, ...journey }: Journey): Journey => journey;
