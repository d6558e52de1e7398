import type { KoaContextWithOIDC } from 'oidc-provider';
import { sharesSignIns } from './allowed.ts';
import type { DeviceSecrets } from './device-secrets.ts';

/**
 * The core's revocation (RFC 7009) authenticates the client and knows no device secrets. Any application that may have one may
 * end it: they share it.
 */
export const revokeDeviceSecrets =
  (secrets: DeviceSecrets) =>
  async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const { route, client, params } = ctx.oidc ?? {};
    if (route !== 'revocation' || ctx.status !== 200 || !sharesSignIns(client)) return;
    const token = params?.token;
    if (typeof token === 'string' && (await secrets.find(token))) await secrets.destroy(token);
  };
