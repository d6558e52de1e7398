import { textOf } from '../../http/fields.ts';
import { changeJourney } from '../journey.ts';
import { FIRST, firstPath, type LoginStep } from '../visit.ts';

/** The first page of a tenant that asks for the name alone: whatever it is, the next page is the same (T095). */
export const nameStep: LoginStep = {
  pages: {},
  forms: {
    identify: {
      answers: FIRST,
      async take(visit, form) {
        const { tenant, interaction } = visit;
        const identifier = textOf(form, 'identifier');
        if (!identifier) {
          const errors = [{ field: 'identifier', message: 'errors.identifier_missing' }];
          return { again: { errors, query: { change: 'yes' } } };
        }
        await changeJourney(tenant, interaction.uid, (journey) => ({ ...journey, identifier }));
        return firstPath(visit);
      },
    },
  },
};
