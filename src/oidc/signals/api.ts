import { errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import { SIGNALS_SCOPES, signalsAudience } from '../../tenants/settings/shared-signals.ts';
import type { Tenant } from '../../tenants/tenant.ts';

/** Tokens of a client for itself: what a user allows has no part in it. */
const isForItself = ({ oidc }: KoaContextWithOIDC) => oidc.params?.grant_type === 'client_credentials';

/**
 * The API for streams as a resource server (RFC 8707); undefined for every other indicator. A client gets the scopes that its
 * metadata name, and none where they name none: `invalid_target`.
 */
export function signalsApi(
  tenant: Tenant,
  ctx: KoaContextWithOIDC,
  indicator: string,
  { api_scope }: { clientId: string; api_scope?: unknown },
): ResourceServer | undefined {
  if (!tenant.settings.protocol.shared_signals.enabled || indicator !== signalsAudience(tenant)) return undefined;
  const granted = typeof api_scope === 'string' ? api_scope.split(' ') : [];
  const scopes = SIGNALS_SCOPES.filter((scope) => granted.includes(scope));
  if (scopes.length === 0 || !isForItself(ctx)) throw new errors.InvalidTarget();
  return { scope: scopes.join(' '), audience: indicator, accessTokenFormat: 'opaque' } as ResourceServer;
}

/** CAEP Interoperability Profile 1.0 2.7.2: receivers ask by scope alone, and name no resource. */
export const defaultResource =
  (tenant: Tenant) =>
  (ctx: KoaContextWithOIDC, _client: unknown, oneOf?: string[]): string | string[] | undefined => {
    if (oneOf || !tenant.settings.protocol.shared_signals.enabled || !isForItself(ctx)) return oneOf;
    const asked = String(ctx.oidc.params?.scope ?? '').split(' ');
    return SIGNALS_SCOPES.some((scope) => asked.includes(scope)) ? signalsAudience(tenant) : undefined;
  };
