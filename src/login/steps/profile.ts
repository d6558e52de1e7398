import type { Accounts } from '../../accounts/accounts.ts';
import { missingAttributes } from '../../accounts/profile/attributes.ts';
import { type Field, fieldsOf } from '../../accounts/profile/fields.ts';
import { isError } from '../../core/errors.ts';
import type { FromOf } from '../from.ts';
import { emptyFields, profileError, profileOf, shownFields } from '../profile-form.ts';
import type { LoginStep, Visit } from '../visit.ts';

/** What the tenant wants to know of its users and does not know of this one yet. */
export function profileStep(deps: { accounts: Pick<Accounts, 'get' | 'amend'>; fromOf: FromOf }): LoginStep {
  async function missingOf({ tenant, account }: Visit, locale: string): Promise<Field[]> {
    const user = await deps.accounts.get(tenant, account!.id);
    const missing = user ? missingAttributes(tenant, user, 'later') : [];
    return fieldsOf(tenant, 'later', locale).filter(({ name }) => missing.includes(name));
  }

  return {
    pages: {
      async profile(visit, { errors, values }) {
        const fields = shownFields(await missingOf(visit, deps.fromOf(visit.ctx).locale));
        return { view: 'profile', status: errors.length ? 422 : 200, data: { errors, fields, values } };
      },
    },

    forms: {
      profile: {
        answers: ['profile'],
        async take(visit, form) {
          const { tenant, account } = visit;
          const fields = await missingOf(visit, 'en');
          const { csrf, ...values } = Object.fromEntries(form);
          const empty = emptyFields(fields, form);
          if (empty.length) return { again: { errors: empty, values } };
          const { claims, attributes } = profileOf(tenant, fields, form);
          const before = (await deps.accounts.get(tenant, account!.id))?.attributes;
          try {
            await deps.accounts.amend(tenant, account!.id, { ...claims, attributes: { ...before, ...attributes } });
          } catch (error) {
            if (!isError(error, 'invalid_input')) throw error;
            const errors = error.problems.flatMap((problem) => profileError(fields, problem));
            if (errors.length === 0) throw error;
            return { again: { errors, values } };
          }
          return undefined;
        },
      },
    },
  };
}
