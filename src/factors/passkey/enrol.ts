import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { invalidInput, isError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { checked } from '../../core/validate.ts';
import { shownName } from '../../tenants/settings/shown-name.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { journal } from '../journal.ts';
import type { Notify } from '../notices.ts';
import type { Origin } from '../origin.ts';
import type { Refused, Verified } from '../verification.ts';
import { type Asked, issueChallenge, redeemChallenge, type Use } from './challenge.ts';
import { creationOptions, type PasskeyUser } from './options.ts';
import { type Credential, type Passkey, passkeysOf, recordsOf, shown } from './record.ts';
import { type Reason, Refusal, settled } from './refusal.ts';
import { readRegistration } from './response.ts';
import { userHandleOf } from './user-handle.ts';
import { verifyRegistration } from './verify-registration.ts';

export const MAX_PASSKEYS = 20;

/** `binding`: what only this browser has, the uid of its interaction or its portal session. */
type Ceremony = { binding: string };

const useOf = (accountId: string, { binding }: Ceremony): Use => ({ ceremony: 'create', binding, accountId });

/** New passkeys. A registration does not prove who the user is: it is for accounts that are signed in. */
export function createEnrolment(deps: { clock: Clock; audit: Audit; notify: Notify }) {
  const { record } = journal(deps.audit, 'passkey');

  return {
    /**
     * `conditional`: for a passkey that the browser makes without asking, just after a password (conditional create).
     * `userVerification`: what it is made for needs, where it is more than the tenant wants of all. Error `invalid_input`
     * beyond the limit.
     */
    async registrationOptions(
      tenant: Tenant,
      user: PasskeyUser,
      { conditional, userVerification, ...ceremony }: Ceremony & Partial<Asked>,
    ) {
      const known = await passkeysOf(tenant, user.id);
      if (known.length >= MAX_PASSKEYS) throw invalidInput(`an account has at most ${MAX_PASSKEYS} passkeys`);
      const isRequired = [userVerification, tenant.settings.passkeys.user_verification].includes('required');
      const asked: Asked = { conditional, userVerification: isRequired ? 'required' : 'preferred' };
      const challenge = await issueChallenge(tenant, useOf(user.id, ceremony), asked);
      return creationOptions(tenant, user, {
        challenge,
        userHandle: userHandleOf(tenant, user.id, known),
        known,
        asked,
      });
    },

    /**
     * `response`: the JSON that the page posted. The proof is of possession, beside those of the account that enrols. Error
     * `invalid_input` for the name.
     */
    async register(
      tenant: Tenant,
      accountId: string,
      response: string,
      { name, ...ceremony }: Ceremony & { name: string },
      origin: Origin = {},
    ): Promise<Verified<{ passkey: Passkey }> | Refused<Reason>> {
      const shownAs = checked(shownName, name.trim(), '/name');
      return settled(deps.audit, tenant, accountId, origin, async () => {
        const { credential, challenge } = readRegistration(response);
        const asked = await redeemChallenge(tenant, useOf(accountId, ceremony), challenge);
        const attested = await verifyRegistration(tenant, credential, { challenge, asked });
        const made = await insert(tenant, {
          ...attested,
          accountId,
          userHandle: userHandleOf(tenant, accountId, await passkeysOf(tenant, accountId)),
          name: shownAs,
          createdAt: deps.clock(),
        });
        const { id, aaguid, backupEligible, uvInitialized: userVerified, createdAt } = made;
        await record(tenant, 'factor.enrolled', accountId, origin, { id, aaguid, backupEligible });
        await deps.notify(tenant, accountId, { template: 'factor_added', factor: 'passkey' });
        const at = Math.floor(createdAt / 1000);
        return { ok: true, proof: { factor: 'passkey', at, userVerified, backupEligible }, passkey: shown(made) };
      });
    },
  };
}

async function insert(tenant: Tenant, credential: Credential) {
  const records = recordsOf(tenant);
  const made = await records.insert(newId(credential.createdAt), credential).catch((error) => {
    throw isError(error, 'already_exists') ? new Refusal('known', 'the credential is known already') : error;
  });
  // Counted afterwards: of those that come at once the last one sees all others, so no more than the limit stay.
  if ((await records.count({ where: { field: 'accountId', equals: credential.accountId } })) > MAX_PASSKEYS) {
    await records.delete(made.id);
    throw new Refusal('limit', `the account has ${MAX_PASSKEYS} passkeys already`);
  }
  return made;
}
