import { SignJWT } from 'jose';
import { signingAlgsOf } from '../tenants/settings/signing.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { SignalEvent } from './records.ts';

/**
 * An event as a security event token (RFC 8417, SSF 1.0 4), signed with the key of now. However often it is made, its `jti`
 * is the event's. It has no `sub` and no `exp`: it must not pass for an ID token or access token.
 */
export function signSet(
  tenant: Tenant,
  audience: string,
  { id, subject, type, claims, txn, createdAt }: SignalEvent,
): Promise<string> {
  const { settings, keys, issuer } = tenant;
  const alg = settings.protocol.shared_signals.signing_alg ?? signingAlgsOf(settings)[0];
  const key = keys.find((one) => one.alg === alg && one.state === 'current');
  if (!key) throw new Error(`the tenant has no key for ${alg}`);
  const body = {
    iss: issuer,
    aud: audience,
    jti: id,
    iat: Math.floor(createdAt / 1000),
    txn,
    sub_id: subject,
    events: { [type]: claims },
  };
  return new SignJWT(body).setProtectedHeader({ alg, kid: key.kid, typ: 'secevent+jwt' }).sign(key.jwk);
}
