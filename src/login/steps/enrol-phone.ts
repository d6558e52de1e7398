import type { Phones } from '../../factors/phone/phones.ts';
import { type FieldError, textOf } from '../../http/fields.ts';
import { guesserOf } from '../guesser.ts';
import type { Prove } from '../prove.ts';
import type { Again, Answer } from '../visit.ts';
import { againLater, codeError } from './codes-refused.ts';
import type { EnrolWay } from './enrol-way.ts';

/** A phone number: told, then proven by a code that was sent to it. */
export function enrolPhone(deps: { prove: Prove; phones: Pick<Phones, 'begin' | 'confirm'> }): EnrolWay {
  return {
    factor: 'sms_code',
    icon: 'message',
    isAvailable: ({ settings }) => settings.sms.countries.length > 0,

    page: async (_visit, { values }) => ({
      view: 'enrol-phone',
      data: { number: values.number ?? '', sent: values.sent === 'yes' },
    }),

    forms: {
      'enrol-phone': {
        answers: ['enrol'],
        async take(visit, form) {
          const { ctx, tenant, interaction, account } = visit;
          const { uid: binding, params } = interaction;
          const number = textOf(form, 'number');
          if (!number) return again(toldOf(number), { field: 'number', message: 'errors.phone_missing' });
          const locale = params.ui_locales?.split(' ')[0];
          const begun = { binding, number, ...(locale && { locale }) };
          const sent = await deps.phones.begin(tenant, account!.id, begun, guesserOf(ctx));
          if (sent.ok) return again(sentTo(number));
          if (sent.reason === 'not_allowed')
            return again(toldOf(number), { field: 'number', message: 'errors.phone_refused' });
          // A code that is on its way can be typed all the same.
          const values = form.has('again') ? sentTo(number) : toldOf(number);
          return againLater(visit, sent.retryAfter, { values });
        },
      },

      'enrol-phone-code': {
        answers: ['enrol'],
        async take(visit, form) {
          const { ctx, tenant, interaction, account } = visit;
          const given = { binding: interaction.uid, code: textOf(form, 'code') };
          const result = await deps.phones.confirm(tenant, account!.id, given, guesserOf(ctx));
          if (!result.ok) return again(sentTo(textOf(form, 'number')), codeError(result.reason));
          await deps.prove(visit, { accountId: account!.id, proof: result.proof });
          return undefined;
        },
      },
    },
  };
}

/** What the page shows: the number that was typed, then the field for the code. */
const toldOf = (number: string) => ({ method: 'sms_code', number });
const sentTo = (number: string) => ({ ...toldOf(number), sent: 'yes' });

const again = (values: Again['values'], ...errors: FieldError[]): Answer => ({ again: { errors, values } });
