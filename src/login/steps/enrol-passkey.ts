import type { Passkeys } from '../../factors/passkey/passkeys.ts';
import { chosenName } from '../../http/fields.ts';
import { deviceName } from '../../sessions/device-name.ts';
import type { NewPasskey } from '../new-passkey.ts';
import { originOf } from '../origin.ts';
import type { Prove } from '../prove.ts';
import type { Visit } from '../visit.ts';
import type { EnrolWay } from './enrol-way.ts';

/** A passkey that verifies its user: as the second proof none other is taken. */
export function enrolPasskey(deps: {
  prove: Prove;
  newPasskey: NewPasskey;
  passkeys: Pick<Passkeys, 'isAvailable'>;
}): EnrolWay {
  const request = (visit: Visit) => deps.newPasskey.request(visit, { userVerification: 'required' });

  return {
    factor: 'passkey',
    icon: 'passkey',
    isAvailable: deps.passkeys.isAvailable,

    page: async (visit, { values }) => ({
      view: 'enrol-passkey',
      data: {
        passkey: JSON.stringify(await request(visit)),
        name: values.name ?? '',
        device: deviceName(originOf(visit.ctx).userAgent),
      },
    }),

    forms: {
      'enrol-passkey': {
        answers: ['enrol'],
        async take(visit, form) {
          const name = chosenName(form, deviceName(originOf(visit.ctx).userAgent).browser ?? 'Passkey');
          const made = await deps.newPasskey.make(visit, form, name);
          if (!made.ok) return { again: { errors: made.errors, values: { method: 'passkey', name } } };
          await deps.prove(visit, { accountId: visit.account!.id, proof: made.proof });
          return undefined;
        },
      },
    },

    data: { 'enrol-passkey-request': { answers: ['enrol'], give: request } },
  };
}
