import { rpIdOf } from '../../tenants/relying-party.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { PasskeyUser } from './options.ts';
import { passkeysOf, recordsOf } from './record.ts';
import { readAssertion } from './response.ts';
import { userHandleOf } from './user-handle.ts';

/** Calls of the Signal API (WebAuthn L3 5.1.10): arguments by name, as the pages hand them to the browser. */
export type Signals = Record<string, Record<string, unknown>>;

/** What authenticators are to know of an account that is signed in: they drop passkeys that were removed here. */
export async function signals(tenant: Tenant, user: PasskeyUser): Promise<Signals> {
  const known = await passkeysOf(tenant, user.id);
  const about = { rpId: rpIdOf(tenant), userId: userHandleOf(tenant, user.id, known) };
  return {
    signalAllAcceptedCredentials: { ...about, allAcceptedCredentialIds: known.map((record) => record.credentialId) },
    signalCurrentUserDetails: { ...about, name: user.name, displayName: user.displayName },
  };
}

/** For the answer to a refused assertion: none unless its passkey is not known here (any more). */
export async function unknownSignal(tenant: Tenant, response: string): Promise<Signals | undefined> {
  const credentialId = idOf(response);
  if (credentialId === undefined || (await recordsOf(tenant).getBy('credentialId', credentialId))) return undefined;
  return { signalUnknownCredential: { rpId: rpIdOf(tenant), credentialId } };
}

function idOf(response: string): string | undefined {
  try {
    return readAssertion(response).credential.id;
  } catch {
    return undefined;
  }
}
