import { invalidInput } from '../../core/errors.ts';
import type { Trips } from '../../factors/upstream/trips.ts';
import type { Upstreams } from '../../factors/upstream/upstreams.ts';
import { isTicked, textOf } from '../../http/fields.ts';
import { changeJourney } from '../journey.ts';
import type { Admit } from '../upstream/admission.ts';
import { BACK, type GoToUpstream } from '../upstream/go.ts';
import { refusedBy } from '../upstream/words.ts';
import { FIRST, factorsAsked, firstPath, isChoosing, isFirst, type LoginStep } from '../visit.ts';

/** There and back: another provider says who it is. */
export function upstreamStep(deps: {
  upstreams: Pick<Upstreams, 'offered'>;
  trips: Pick<Trips, 'take'>;
  goToUpstream: GoToUpstream;
  admit: Admit;
}): LoginStep {
  return {
    pages: {},

    forms: {
      upstream: {
        answers: FIRST,
        async take(visit, form) {
          const chosen = deps.upstreams.offered(visit.tenant).find(({ id }) => id === form.get('upstream'));
          if (!chosen || !factorsAsked(visit).includes('upstream'))
            throw invalidInput('the field "upstream" must name a provider that is offered');
          const remember = isTicked(form, 'remember');
          await changeJourney(visit.tenant, visit.interaction.uid, (journey) => ({ ...journey, remember }));
          return deps.goToUpstream(visit, chosen);
        },
      },

      // Whose domain has a connection was sent there before this was asked.
      organization: {
        answers: FIRST,
        async take(_visit, form) {
          const errors = [{ field: 'identifier', message: 'upstream.error.domain_unknown' }];
          return { again: { errors, values: { identifier: textOf(form, 'identifier') } } };
        },
      },
    },

    back: {
      async [BACK](visit) {
        const { tenant, interaction } = visit;
        // In another tab the sign-in has gone on.
        if (!isFirst(visit) && !isChoosing(visit)) return firstPath(visit);
        const arrival = await deps.trips.take(tenant, interaction.uid);
        if (!arrival) return firstPath(visit);
        if (!arrival.ok) return refusedBy(arrival.upstream.name ?? arrival.upstream.id, arrival.reason);
        return deps.admit(visit, arrival.identity);
      },
    },
  };
}
