import { Buffer } from 'node:buffer';
import { rpIdOf, rpOriginsOf } from '../../tenants/relying-party.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Asked } from './challenge.ts';
import { webauthn } from './library.ts';
import type { Credential } from './record.ts';
import { Refusal, verified } from './refusal.ts';
import type { Assertion } from './response.ts';

/**
 * WebAuthn L3 7.2 for a credential of the tenant, but for the challenge, which was redeemed, and the counter, which is
 * compared where it is written. Throws a `Refusal`.
 */
export async function verifyAssertion(
  tenant: Tenant,
  credential: Credential,
  response: Assertion,
  { challenge, asked }: { challenge: string; asked: Asked },
) {
  const { verifyAuthenticationResponse } = await webauthn();
  const { authenticationInfo } = await verified(() =>
    verifyAuthenticationResponse({
      response: { ...response, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: rpOriginsOf(tenant),
      expectedRPID: rpIdOf(tenant),
      requireUserVerification: asked.userVerification === 'required',
      credential: {
        id: credential.credentialId,
        publicKey: new Uint8Array(Buffer.from(credential.publicKey, 'base64url')),
        // 0 leaves the counter to us: the library would look at it before the signature, so that anybody could forge
        // the sign of a clone.
        counter: 0,
      },
    }),
  );
  const { newCounter, userVerified, credentialDeviceType, credentialBackedUp } = authenticationInfo;
  if ((credentialDeviceType === 'multiDevice') !== credential.backupEligible)
    throw new Refusal('wrong', 'the backup eligibility has changed');
  return { counter: newCounter, userVerified, backupState: credentialBackedUp };
}
