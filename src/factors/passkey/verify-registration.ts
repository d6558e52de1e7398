import { rpIdOf, rpOriginsOf } from '../../tenants/relying-party.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { checkAttestation } from './attestation.ts';
import type { Asked } from './challenge.ts';
import { webauthn, webauthnHelpers } from './library.ts';
import { ALGORITHMS } from './options.ts';
import { Refusal, verified } from './refusal.ts';
import type { Registration } from './response.ts';

/** WebAuthn L3 7.1, but for the challenge, which was redeemed, and whether the id is new. Throws a `Refusal`. */
export async function verifyRegistration(
  tenant: Tenant,
  response: Registration,
  { challenge, asked }: { challenge: string; asked: Asked },
) {
  await checkAttestation(response.response.attestationObject);
  const { verifyRegistrationResponse } = await webauthn();
  const { cose, decodeCredentialPublicKey } = await webauthnHelpers();
  const { registrationInfo } = await verified(() =>
    verifyRegistrationResponse({
      response: { ...response, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: rpOriginsOf(tenant),
      expectedRPID: rpIdOf(tenant),
      requireUserPresence: !asked.conditional,
      requireUserVerification: asked.userVerification === 'required',
      supportedAlgorithmIDs: ALGORITHMS,
    }),
  );
  const { credential, aaguid, userVerified, credentialDeviceType, credentialBackedUp } = registrationInfo;
  if (credential.id !== response.id) throw new Refusal('wrong', 'the credential id is not the attested one');
  return {
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    algorithm: Number(decodeCredentialPublicKey(credential.publicKey).get(cose.COSEKEYS.alg)),
    counter: credential.counter,
    transports: response.response.transports,
    aaguid,
    backupEligible: credentialDeviceType === 'multiDevice',
    backupState: credentialBackedUp,
    uvInitialized: userVerified,
  };
}
