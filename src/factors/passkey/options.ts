import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { rpIdOf } from '../../tenants/relying-party.ts';
import { brandOf, type Tenant } from '../../tenants/tenant.ts';
import { type Asked, CHALLENGE_TTL } from './challenge.ts';
import type { Credential } from './record.ts';

/** EdDSA, ES256, RS256 (RFC 9053, RFC 8812), the one that we like most first. */
export const ALGORITHMS = [-8, -7, -257];

/** The account as authenticators show it beside the passkey. */
export type PasskeyUser = { id: string; name: string; displayName: string };

export const creationOptions = (
  tenant: Tenant,
  user: PasskeyUser,
  given: { challenge: string; userHandle: string; known: Credential[]; asked: Asked },
): PublicKeyCredentialCreationOptionsJSON => ({
  rp: { id: rpIdOf(tenant), name: brandOf(tenant) },
  user: { id: given.userHandle, name: user.name, displayName: user.displayName },
  challenge: given.challenge,
  pubKeyCredParams: ALGORITHMS.map((alg) => ({ alg, type: 'public-key' })),
  timeout: CHALLENGE_TTL * 1000,
  attestation: 'none',
  authenticatorSelection: {
    // Discoverable: nobody has to say who he is, so nobody learns of an account whether it has a passkey.
    residentKey: 'required',
    requireResidentKey: true,
    userVerification: given.asked.userVerification,
  },
  excludeCredentials: given.known.map(descriptor),
});

/** `allowed`: the passkeys to choose from; with none, all that the authenticator has for us. */
export const requestOptions = (
  tenant: Tenant,
  given: { challenge: string; allowed: Credential[]; asked: Asked },
): PublicKeyCredentialRequestOptionsJSON => ({
  rpId: rpIdOf(tenant),
  challenge: given.challenge,
  allowCredentials: given.allowed.map(descriptor),
  timeout: CHALLENGE_TTL * 1000,
  userVerification: given.asked.userVerification,
});

const descriptor = ({ credentialId, transports }: Credential) => ({
  id: credentialId,
  type: 'public-key' as const,
  transports,
});
