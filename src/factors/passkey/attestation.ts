import { Buffer } from 'node:buffer';
import { webauthnHelpers } from './library.ts';
import { Refusal } from './refusal.ts';

/**
 * Refuses an attestation object that is not one item of canonical CBOR (WebAuthn L3 2.1), or brings certificates. We ask
 * for none, and to verify them would mean to fetch revocation lists from addresses that a stranger wrote into them.
 */
export async function checkAttestation(attestationObject: string): Promise<void> {
  const { isoCBOR } = await webauthnHelpers();
  const bytes = Buffer.from(attestationObject, 'base64url');
  let item: unknown;
  let canonical: Uint8Array;
  try {
    item = isoCBOR.decodeFirst<unknown>(bytes);
    // Written again it is the same, or it had trailing bytes, a length that lies, or a form that means the same.
    canonical = isoCBOR.encode(item as Parameters<typeof isoCBOR.encode>[0]);
  } catch {
    throw new Refusal('wrong', 'the attestation object is not CBOR');
  }
  if (!bytes.equals(canonical)) throw new Refusal('wrong', 'the attestation object is not one canonical CBOR item');
  const [format, statement] = item instanceof Map ? [item.get('fmt'), item.get('attStmt')] : [];
  const isSelf = format === 'packed' && statement instanceof Map && !statement.has('x5c');
  if (format !== 'none' && !isSelf) throw new Refusal('wrong', 'an attestation was given, none was asked for');
}
