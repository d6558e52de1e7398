import type { Accounts } from '../../accounts/accounts.ts';
import type { PhoneChange } from '../../accounts/change/phone-change.ts';
import { type Clock, seconds } from '../../core/clock.ts';
import { tooManyRequests } from '../../core/errors.ts';
import { MINUTES } from '../../factors/code/challenge.ts';
import { textOf } from '../../http/fields.ts';
import type { FromOf } from '../from.ts';
import { changeJourney } from '../journey.ts';
import type { Asked, LoginStep } from '../visit.ts';
import { againLater, codeError } from './codes-refused.ts';

const ASKED: readonly Asked[] = ['verify_phone'];

/** A phone number that the account is not to be used without: the one it has, or the first. */
export function verifyPhoneStep(deps: {
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  phoneChange: Pick<PhoneChange, 'begin' | 'confirm'>;
  fromOf: FromOf;
}): LoginStep {
  return {
    pages: {
      async verify_phone({ tenant, journey, account }, { errors, query, values, status }) {
        const { sent } = journey;
        const isSent = sent?.purpose === 'verify_phone' && query.change !== 'yes';
        const known = (await deps.accounts.get(tenant, account!.id))?.claims.phone_number;
        return {
          view: 'verify-phone',
          status: status ?? (errors.length ? 422 : 200),
          data: {
            errors,
            number: values.number ?? sent?.typed ?? known ?? '',
            isSent,
            minutes: MINUTES,
            waitFor: isSent ? Math.max(0, sent.again - seconds(deps.clock)) : 0,
          },
        };
      },
    },

    forms: {
      'verify-phone-send': {
        answers: ASKED,
        async take(visit, form) {
          const { ctx, tenant, interaction, account } = visit;
          const { uid } = interaction;
          const number = textOf(form, 'number');
          const values = { number };
          const query = { change: 'yes' };
          if (!number) return { again: { errors: [{ field: 'number', message: 'errors.field_missing' }], query } };
          const sent = await deps.phoneChange.begin(tenant, account!.id, number, uid, deps.fromOf(ctx));
          if (!sent.ok) {
            if (sent.reason === 'throttled') return againLater(visit, sent.retryAfter, { values });
            return { again: { errors: [{ field: 'number', message: 'errors.number_refused' }], values, query } };
          }
          const mark = { way: 'sms_code', purpose: 'verify_phone', typed: number } as const;
          const again = seconds(deps.clock) + sent.resendIn;
          await changeJourney(tenant, uid, (journey) => ({ ...journey, sent: { ...mark, again } }));
          return undefined;
        },
      },

      'verify-phone': {
        answers: ASKED,
        async take({ ctx, tenant, interaction, account }, form) {
          const { uid } = interaction;
          const code = textOf(form, 'code');
          const confirmed = await deps.phoneChange.confirm(tenant, account!.id, uid, code, deps.fromOf(ctx));
          if (!confirmed.ok) {
            if (confirmed.reason === 'throttled') throw tooManyRequests(confirmed.retryAfter ?? 60);
            return { again: { errors: [codeError(confirmed.reason)] } };
          }
          await changeJourney(tenant, uid, ({ sent: _, ...journey }) => journey);
          return undefined;
        },
      },
    },
  };
}
