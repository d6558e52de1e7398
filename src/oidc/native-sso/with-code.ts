import { type Account, type AccountClaims, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { isError } from '../../core/errors.ts';
import type { GrantHandler } from '../core-grants.ts';
import { DEVICE_SSO, sharesSignIns } from './allowed.ts';
import type { DeviceSecret, DeviceSecrets } from './device-secrets.ts';

const underWay = new WeakMap<KoaContextWithOIDC, DeviceSecret>();

/** That the ID token of this answer is to name. */
export const nameDeviceSecret = (ctx: KoaContextWithOIDC, secret: DeviceSecret): unknown => underWay.set(ctx, secret);

/** The exchange of a code: with a device secret, where the code has `device_sso` (Native SSO 3.3). */
export const withDeviceSecret =
  (core: GrantHandler): GrantHandler =>
  async (ctx) => {
    await core(ctx);
    const secret = underWay.get(ctx);
    if (secret) ctx.body = { ...(ctx.body as object), device_secret: secret.value };
  };

/** An account whose ID tokens name the device secret that they come with: when the core asks for claims, the code is good. */
export const withSecretHash = (secrets: DeviceSecrets, ctx: KoaContextWithOIDC, account: Account): Account => ({
  ...account,
  async claims(use, ...rest): Promise<AccountClaims> {
    const claims = await account.claims(use, ...rest);
    if (use !== 'id_token') return claims;
    const secret = underWay.get(ctx) ?? (await secretFor(secrets, ctx, account.accountId));
    if (!secret) return claims;
    nameDeviceSecret(ctx, secret);
    return { ...claims, ds_hash: secrets.hashOf(secret.value) };
  },
});

/** The one that the application has already, where it is of this session; else a new one. Undefined: none was granted. */
async function secretFor(
  secrets: DeviceSecrets,
  { oidc }: KoaContextWithOIDC,
  accountId: string,
): Promise<DeviceSecret | undefined> {
  const { route, client, grant, params, entities } = oidc;
  const { scopes, sessionUid, sid } = entities.AuthorizationCode ?? {};
  if (route !== 'token' || !scopes?.has(DEVICE_SSO) || !sessionUid || !sid) return undefined;
  const isGranted = grant?.getOIDCScopeFiltered(scopes).split(' ').includes(DEVICE_SSO);
  if (!isGranted || !client || !sharesSignIns(client)) return undefined;

  const given = params?.device_secret;
  const known = typeof given === 'string' ? await secrets.find(given) : undefined;
  if (known?.accountId === accountId && known.sessionUid === sessionUid) return known;
  try {
    return await secrets.issue({ accountId, clientId: client.clientId, grantId: grant!.jti, sessionUid });
  } catch (error) {
    if (isError(error, 'grant_revoked')) throw new errors.InvalidGrant('the grant was revoked');
    throw error;
  }
}
