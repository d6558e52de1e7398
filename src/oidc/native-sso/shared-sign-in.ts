import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { equal } from '../../core/hashing.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { isInForce } from '../exchange/origin.ts';
import { ownIdToken } from '../exchange/party.ts';
import { invalidGrant } from '../invalid-grant.ts';
import { subOf } from '../pairwise.ts';
import { sharesSignIns } from './allowed.ts';
import type { DeviceSecret, DeviceSecrets } from './device-secrets.ts';
import type { NativeSsoRequest } from './request.ts';

/** The sign-in of another application that an ID token and a device secret prove, and whose session is there. */
export type SharedSignIn = { secret: DeviceSecret; accountId: string; sessionUid: string; from: Client };

/**
 * Native SSO 4.3: signature, binding of both to each other, session. The ID token may have expired; its session, the grant
 * of its client and that client itself must be there. Error `invalid_grant`.
 */
export async function sharedSignIn(
  tenant: Tenant,
  secrets: DeviceSecrets,
  ctx: KoaContextWithOIDC,
  { idToken, deviceSecret }: Pick<NativeSsoRequest, 'idToken' | 'deviceSecret'>,
): Promise<SharedSignIn> {
  const [found, secret] = await Promise.all([ownIdToken(ctx, idToken), secrets.find(deviceSecret)]);
  if (!found) throw invalidGrant('subject_token is not an ID token of this issuer');
  if (!secret) throw invalidGrant('actor_token is not a device secret of this issuer that is in force');
  const { payload, client: from } = found;
  if (typeof payload.ds_hash !== 'string' || !equal(payload.ds_hash, secrets.hashOf(secret.value)))
    throw invalidGrant('subject_token does not belong to this device secret (ds_hash)');
  if (!sharesSignIns(from)) throw invalidGrant('the client of subject_token may not share its sign-ins (native_sso)');

  const { accountId, sessionUid } = secret;
  const session = await ctx.oidc.provider.Session.findByUid(sessionUid);
  const { sid, grantId } = session?.authorizationFor(from.clientId) ?? {};
  // The names of other applications for the same session are not this token's.
  if (session?.accountId !== accountId || sid === undefined || payload.sid !== sid || grantId === undefined)
    throw invalidGrant('the session of subject_token has ended (sid)');
  const sub = subOf(tenant, from, accountId);
  if (payload.sub !== sub) throw invalidGrant('subject_token speaks of another user than the device secret');
  if (!(await isInForce(ctx, { accountId, grantId, clientId: from.clientId, sessionUid })))
    throw invalidGrant('what the client of subject_token was granted has ended');
  return { secret, accountId, sessionUid, from };
}
