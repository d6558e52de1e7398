import type { Clock } from '../../core/clock.ts';
import { type Terms, termsDue } from '../../privacy/terms.ts';
import type { FromOf } from '../from.ts';
import { missingTerms, shownTerms, tickedTerms } from '../terms-form.ts';
import type { LoginStep, Visit } from '../visit.ts';

/** Documents that are new or have changed. Who does not accept what is needed goes back to the client. */
export function termsStep(deps: {
  clock: Clock;
  terms: Pick<Terms, 'accepted' | 'accept'>;
  fromOf: FromOf;
}): LoginStep {
  const dueOf = async ({ tenant, account }: Visit) =>
    termsDue(tenant, await deps.terms.accepted(tenant, account!.id), deps.clock());

  return {
    pages: {
      async terms(visit, { errors }) {
        const { locale } = deps.fromOf(visit.ctx);
        const terms = shownTerms(await dueOf(visit), locale);
        return { view: 'terms', status: errors.length ? 422 : 200, data: { errors, terms, values: {} } };
      },
    },

    forms: {
      terms: {
        answers: ['terms'],
        async take(visit, form) {
          const { ctx, tenant, account } = visit;
          const due = await dueOf(visit);
          const errors = missingTerms(due, form);
          if (errors.length) return { again: { errors } };
          await deps.terms.accept(tenant, account!.id, tickedTerms(due, form), deps.fromOf(ctx));
          return undefined;
        },
      },
    },
  };
}
