import type { Audit } from '../../audit/audit.ts';
import { type Clock, seconds } from '../../core/clock.ts';
import type { Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Origin } from '../origin.ts';
import type { Refused, Verified } from '../verification.ts';
import { type Asked, issueChallenge, redeemChallenge, type Use } from './challenge.ts';
import { requestOptions } from './options.ts';
import { type Credential, passkeysOf, recordsOf } from './record.ts';
import { type Reason, Refusal, settled } from './refusal.ts';
import { type Assertion, readAssertion } from './response.ts';
import { verifyAssertion } from './verify-assertion.ts';

/**
 * `binding`: what only this browser has, the uid of its interaction. `accountId`: of the account that has proven another
 * factor in this very sign-in, never of one that was only named: the options would tell strangers what it has.
 */
type Ceremony = { binding: string; accountId?: string };

const useOf = ({ binding, accountId }: Ceremony): Use => ({ ceremony: 'get', binding, accountId });

export function createAuthentication(deps: { clock: Clock; audit: Audit }) {
  return {
    /** `userVerification`: what this sign-in needs, where it is more than the tenant wants of all. */
    async authenticationOptions(
      tenant: Tenant,
      { userVerification, ...ceremony }: Ceremony & { userVerification?: Asked['userVerification'] },
    ) {
      const isRequired = [userVerification, tenant.settings.passkeys.user_verification].includes('required');
      const asked: Asked = { userVerification: isRequired ? 'required' : 'preferred' };
      const allowed = ceremony.accountId === undefined ? [] : await passkeysOf(tenant, ceremony.accountId);
      const challenge = await issueChallenge(tenant, useOf(ceremony), asked);
      return requestOptions(tenant, { challenge, allowed, asked });
    },

    /**
     * `response`: the JSON that the page posted; the ceremony as for the options. Whether the account may sign in is not
     * asked here.
     */
    authenticate(
      tenant: Tenant,
      response: string,
      ceremony: Ceremony,
      origin: Origin = {},
    ): Promise<Verified<{ accountId: string; id: string }> | Refused<Reason>> {
      return settled(deps.audit, tenant, ceremony.accountId, origin, async (isOf) => {
        const { credential: assertion, challenge } = readAssertion(response);
        const asked = await redeemChallenge(tenant, useOf(ceremony), challenge);
        const credential = await recordsOf(tenant).getBy('credentialId', assertion.id);
        if (!credential) throw new Refusal('unknown', 'the credential is unknown');
        isOf(credential.accountId);
        checkOwner(credential, assertion, ceremony.accountId);
        const seen = await verifyAssertion(tenant, credential, assertion, { challenge, asked });
        const { id, accountId, uvInitialized, backupEligible } = await noteUse(tenant, credential.id, {
          ...seen,
          // WebAuthn L3 7.2 step 25: who found a key without a PIN could give it one.
          mayInitialize: ceremony.accountId !== undefined,
          at: deps.clock(),
        });
        const userVerified = seen.userVerified && uvInitialized;
        return {
          ok: true,
          accountId,
          id,
          proof: { factor: 'passkey', at: seconds(deps.clock), userVerified, backupEligible },
        };
      });
    },
  };
}

/** WebAuthn L3 7.2 step 6. */
function checkOwner(credential: Credential, { response }: Assertion, accountId: string | undefined): void {
  if (accountId !== undefined && accountId !== credential.accountId)
    throw new Refusal('wrong', 'the credential is of another account');
  const { userHandle } = response;
  if (accountId === undefined && userHandle === undefined) throw new Refusal('wrong', 'the user handle is missing');
  if (userHandle !== undefined && userHandle !== credential.userHandle)
    throw new Refusal('wrong', 'the user handle is of another account');
}

async function noteUse(
  tenant: Tenant,
  id: string,
  seen: { counter: number; userVerified: boolean; backupState: boolean; mayInitialize: boolean; at: number },
): Promise<Stored<Credential>> {
  let isCloned = false;
  const after = await recordsOf(tenant).update(id, (record) => {
    // Compared with what is replaced: of two assertions at once with one counter, one is of a copy.
    isCloned = (seen.counter > 0 || record.counter > 0) && seen.counter <= record.counter;
    if (isCloned) return undefined;
    return {
      ...record,
      counter: seen.counter,
      backupState: seen.backupState,
      uvInitialized: record.uvInitialized || (seen.userVerified && seen.mayInitialize),
      lastUsedAt: seen.at,
    };
  });
  if (!after) throw new Refusal('unknown', 'the credential was removed meanwhile');
  if (isCloned) throw new Refusal('cloned', 'the signature counter did not grow');
  return after;
}
