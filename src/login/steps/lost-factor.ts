import type { Accounts } from '../../accounts/accounts.ts';
import type { FactorReset } from '../../accounts/factor-reset.ts';
import { stepRefused, tooManyRequests } from '../../core/errors.ts';
import { MINUTES } from '../../factors/code/challenge.ts';
import type { Codes } from '../../factors/code/codes.ts';
import { textOf } from '../../http/fields.ts';
import { interactionPath } from '../../oidc/interaction-path.ts';
import type { FromOf } from '../from.ts';
import { maskedEmail } from '../masked.ts';
import { type Answer, type Asked, isSecond, type LoginStep, type StepPage, type Visit } from '../visit.ts';
import { againLater, codeError } from './codes-refused.ts';

const ASKED: readonly Asked[] = ['verify'];
const PURPOSE = 'second_factor';
const SHOWN = { show: 'lost' };

/**
 * Beside the second proof, for who has lost it: a first factor, proven in this very sign-in, and the mailbox begin a wait,
 * after which the second factors are taken away. What proves the mailbox here is no second factor: else the wait were none.
 */
export function lostFactorStep(deps: {
  accounts: Pick<Accounts, 'get'>;
  factorReset: Pick<FactorReset, 'request' | 'state' | 'finish'>;
  codes: Pick<Codes, 'send' | 'verify'>;
  fromOf: FromOf;
}): LoginStep & { page: StepPage } {
  /** The id of the account, as long as it is the turn of this. Error `step_refused`. */
  function accountOf(visit: Visit, form: string): string {
    if (!mayAsk(visit)) throw stepRefused(form, 'verify');
    return visit.account!.id;
  }
  // Not that of the codes that are a second factor: one is never taken for the other.
  const bindingOf = ({ interaction }: Visit, accountId: string) => JSON.stringify(['lost', interaction.uid, accountId]);
  const emailOf = async ({ tenant }: Visit, accountId: string) => {
    const user = await deps.accounts.get(tenant, accountId);
    return user?.email_verified ? user.email : undefined;
  };
  const way = ({ tenant, interaction: { uid, client } }: Visit, query: Record<string, string>) =>
    interactionPath(tenant, uid, { client: client.id, ...query });

  return {
    async page(visit, { errors, query, status }) {
      const { tenant, account } = visit;
      const email = await emailOf(visit, account!.id);
      const wait = await deps.factorReset.state(tenant, account!.id);
      return {
        view: 'lost-factor',
        status: status ?? (errors.length ? 422 : 200),
        data: {
          errors,
          mayAsk: mayAsk(visit),
          address: email && maskedEmail(email),
          isSent: query.sent === 'yes',
          minutes: MINUTES,
          hours: tenant.settings.recovery.delay_hours,
          dueAt: wait?.dueAt ?? 0,
          isDue: wait?.isDue ?? false,
        },
      };
    },

    pages: {},

    forms: {
      'lost-send': {
        answers: ASKED,
        async take(visit) {
          const { ctx, tenant } = visit;
          const accountId = accountOf(visit, 'lost-send');
          const to = await emailOf(visit, accountId);
          if (to === undefined) throw stepRefused('lost-send', 'verify');
          const { locale, ...origin } = deps.fromOf(ctx);
          const binding = bindingOf(visit, accountId);
          const code = { channel: 'email', purpose: PURPOSE, binding, accountId, to, locale, origin } as const;
          const sent = await deps.codes.send(tenant, code);
          if (!sent.ok) return againLater(visit, sent.retryAfter, { query: { ...SHOWN, sent: 'yes' } });
          return way(visit, { ...SHOWN, sent: 'yes' });
        },
      },

      'lost-code': {
        answers: ASKED,
        async take(visit, form): Promise<Answer> {
          const { ctx, tenant } = visit;
          const accountId = accountOf(visit, 'lost-code');
          const origin = deps.fromOf(ctx);
          const answer = {
            purpose: PURPOSE,
            binding: bindingOf(visit, accountId),
            code: textOf(form, 'code'),
          } as const;
          const verified = await deps.codes.verify(tenant, { ...answer, origin });
          if (!verified.ok) {
            if (verified.reason === 'throttled') throw tooManyRequests(verified.retryAfter ?? 60);
            return { again: { errors: [codeError(verified.reason)], query: { ...SHOWN, sent: 'yes' } } };
          }
          await deps.factorReset.request(tenant, accountId, origin);
          return way(visit, SHOWN);
        },
      },

      'lost-finish': {
        answers: ASKED,
        async take(visit) {
          const { ctx, tenant } = visit;
          const accountId = accountOf(visit, 'lost-finish');
          const removed = await deps.factorReset.finish(tenant, accountId, deps.fromOf(ctx));
          return removed ? undefined : way(visit, SHOWN);
        },
      },
    },
  };
}

/** A session of before may have been left open by its user. */
const mayAsk = (visit: Visit): boolean => isSecond(visit) && visit.journey.proofs.length > 0;
