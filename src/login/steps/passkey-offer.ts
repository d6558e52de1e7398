import type { Accounts } from '../../accounts/accounts.ts';
import { deviceName } from '../../sessions/device-name.ts';
import { changeJourney, withPassed } from '../journey.ts';
import type { NewPasskey } from '../new-passkey.ts';
import { originOf } from '../origin.ts';
import type { AccountLabel } from '../sign-in.ts';
import type { Asked, LoginStep, Visit } from '../visit.ts';

const ASKED: readonly Asked[] = ['passkey_offer'];

/**
 * A passkey for who has signed in by a password, and "not now". Some browsers make one without asking (conditional create),
 * where a password manager has just filled the password in: nobody need have been there, so it is no proof of this sign-in.
 */
export function passkeyOfferStep(deps: {
  accountLabel: AccountLabel;
  newPasskey: NewPasskey;
  accounts: Pick<Accounts, 'putOffPasskey'>;
}): LoginStep {
  const request = (visit: Visit) => deps.newPasskey.request(visit, { conditional: true });

  async function goOn({ tenant, interaction }: Visit): Promise<undefined> {
    await changeJourney(tenant, interaction.uid, (journey) => withPassed(journey, 'passkey_offer'));
  }

  return {
    pages: {
      passkey_offer: async (visit, { errors, status }) => ({
        view: 'passkey-offer',
        status: status ?? (errors.length ? 422 : 200),
        data: {
          errors,
          account: await deps.accountLabel(visit.tenant, visit.account!.id),
          passkey: JSON.stringify(await request(visit)),
        },
      }),
    },

    forms: {
      'passkey-offer': {
        answers: ASKED,
        async take(visit, form) {
          const name = deviceName(originOf(visit.ctx).userAgent).browser ?? 'Passkey';
          const made = await deps.newPasskey.make(visit, form, name);
          return made.ok ? goOn(visit) : { again: { errors: made.errors } };
        },
      },

      'passkey-offer-later': {
        answers: ASKED,
        async take(visit) {
          await deps.accounts.putOffPasskey(visit.tenant, visit.account!.id);
          return goOn(visit);
        },
      },
    },

    data: { 'passkey-offer-request': { answers: ASKED, give: request } },
  };
}
