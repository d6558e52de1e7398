import { errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import { GRANT_SCOPES, grantsEndpoint } from '../tenants/settings/grant-management.ts';
import { SIGNALS_SCOPES, signalsAudience } from '../tenants/settings/shared-signals.ts';
import type { Tenant } from '../tenants/tenant.ts';

type OwnApi = {
  isOn: (tenant: Tenant) => boolean;
  audience: (tenant: Tenant) => string;
  scopes: readonly string[];
};

/** APIs of the issuer that clients call for themselves. */
const APIS: OwnApi[] = [
  {
    isOn: ({ settings }) => settings.protocol.shared_signals.enabled,
    audience: signalsAudience,
    scopes: SIGNALS_SCOPES,
  },
  { isOn: ({ settings }) => settings.protocol.grant_management, audience: grantsEndpoint, scopes: GRANT_SCOPES },
];

/** Tokens of a client for itself: what a user allows has no part in it. */
const isForItself = ({ oidc }: KoaContextWithOIDC) => oidc.params?.grant_type === 'client_credentials';

/**
 * An API of ours as a resource server (RFC 8707); undefined for every other indicator. A client gets the scopes that its
 * metadata name, and none where they name none: `invalid_target`.
 */
export function ownApi(
  tenant: Tenant,
  ctx: KoaContextWithOIDC,
  indicator: string,
  { api_scope }: { clientId: string; api_scope?: unknown },
): ResourceServer | undefined {
  const api = APIS.find(({ isOn, audience }) => indicator === audience(tenant) && isOn(tenant));
  if (!api) return undefined;
  const granted = typeof api_scope === 'string' ? api_scope.split(' ') : [];
  const scopes = api.scopes.filter((scope) => granted.includes(scope));
  if (scopes.length === 0 || !isForItself(ctx)) throw new errors.InvalidTarget();
  return { scope: scopes.join(' '), audience: indicator, accessTokenFormat: 'opaque' } as ResourceServer;
}

/** CAEP Interoperability Profile 1.0 2.7.2, Grant Management 4: clients ask by scope alone, and name no resource. */
export const defaultResource =
  (tenant: Tenant) =>
  (ctx: KoaContextWithOIDC, _client: unknown, oneOf?: string[]): string | string[] | undefined => {
    if (oneOf || !isForItself(ctx)) return oneOf;
    const asked = String(ctx.oidc.params?.scope ?? '').split(' ');
    return APIS.find(({ isOn, scopes }) => isOn(tenant) && scopes.some((scope) => asked.includes(scope)))?.audience(
      tenant,
    );
  };
