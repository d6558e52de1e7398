import type { Totp } from '../../factors/totp/totp.ts';
import { chosenName, textOf } from '../../http/fields.ts';
import { guesserOf } from '../guesser.ts';
import type { Prove } from '../prove.ts';
import type { AccountLabel } from '../sign-in.ts';
import type { EnrolWay } from './enrol-way.ts';

/** An authenticator app: the seed is shown until a code of it has come. */
export function enrolTotp(deps: {
  prove: Prove;
  accountLabel: AccountLabel;
  totp: Pick<Totp, 'begin' | 'underWay' | 'confirm'>;
}): EnrolWay {
  return {
    factor: 'totp',
    icon: 'phone',

    async page({ tenant, interaction, account }) {
      const person = await deps.accountLabel(tenant, account!.id);
      const label = person?.email ?? person?.name ?? '';
      const seed = [tenant, account!.id, { binding: interaction.uid, label }] as const;
      // Who comes back to the page has scanned it already, maybe.
      const { qr, uri, secret } = (await deps.totp.underWay(...seed)) ?? (await deps.totp.begin(...seed));
      return { view: 'enrol-totp', data: { qr, uri, secret: secret.match(/.{1,4}/g)?.join(' ') } };
    },

    forms: {
      'enrol-totp': {
        answers: ['enrol'],
        async take(visit, form) {
          const { ctx, tenant, interaction, account } = visit;
          const given = {
            binding: interaction.uid,
            code: textOf(form, 'code'),
            name: chosenName(form, 'Authenticator'),
          };
          const result = await deps.totp.confirm(tenant, account!.id, given, guesserOf(ctx));
          if (!result.ok) {
            const message = result.reason === 'expired' ? 'errors.enrolment_expired' : 'errors.code_wrong';
            return { again: { errors: [{ field: 'code', message }], values: { method: 'totp' } } };
          }
          await deps.prove(visit, { accountId: account!.id, proof: result.proof });
          return undefined;
        },
      },
    },
  };
}
