import type { KoaContextWithOIDC } from 'oidc-provider';
import { protocolOf } from '../tenants/settings/protocol.ts';
import type { Resource } from '../tenants/settings/resources.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { MutualTls } from './features/mtls.ts';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const USERINFO = '/me';

/** Scopes that say nothing of what userinfo answers. */
const NOT_OF_USERINFO: readonly string[] = ['offline_access', 'device_sso'];

type Metadata = Record<string, unknown>;

/**
 * Where the metadata of an API are, below the issuer: its indicator without `https://`, so that people can read it. An API
 * names that address in its challenges, or serves the document at the address that RFC 9728 3.1 has for it.
 */
export const metadataPathOf = ({ indicator }: Pick<Resource, 'indicator'>): string =>
  `${WELL_KNOWN}/resource/${indicator.replace(/^https:\/\//, '').replace(/[^\w.~/:-]/g, encodeURIComponent)}`;

/** What discovery says (RFC 9728 4): the APIs that are to be found. */
export const saidOfResources = ({ settings }: Pick<Tenant, 'settings'>): Metadata => {
  const listed = settings.resources.filter(({ metadata }) => metadata === 'listed');
  return { protected_resources: listed.length > 0 ? listed.map(({ indicator }) => indicator) : undefined };
};

/**
 * Protected-resource metadata (RFC 9728 2) by path below the issuer: of userinfo, and of each API that is not silent. Of an API we
 * say what we know: what its own server takes beside bearer tokens in a header, we do not. `discovery`: as it is published.
 */
export function resourceMetadata(tenant: Tenant, mutualTls: MutualTls | undefined, discovery: Metadata) {
  const { issuer, settings } = tenant;
  const common = { authorization_servers: [issuer], ...bindingOf(tenant, mutualTls) };
  const userinfo: Metadata = {
    resource: issuer + USERINFO,
    ...common,
    jwks_uri: discovery.jwks_uri,
    scopes_supported: namesIn(discovery.scopes_supported).filter((scope) => !NOT_OF_USERINFO.includes(scope)),
    bearer_methods_supported: ['header', 'body'],
    resource_signing_alg_values_supported: namesIn(discovery.userinfo_signing_alg_values_supported),
    ...(mutualTls && { tls_client_certificate_bound_access_tokens: true }),
    dpop_signing_alg_values_supported: discovery.dpop_signing_alg_values_supported,
  };
  const published = settings.resources.filter(({ metadata }) => metadata !== 'off');
  return Object.fromEntries([
    [WELL_KNOWN + USERINFO, userinfo],
    ...published.map((resource) => [metadataPathOf(resource), ofApi(resource, common)] as const),
  ]) as Record<string, Metadata>;
}

const ofApi = ({ indicator, name, scopes }: Resource, common: Metadata): Metadata => ({
  resource: indicator,
  ...common,
  ...(scopes.length > 0 && { scopes_supported: scopes }),
  bearer_methods_supported: ['header'],
  ...(name !== undefined && { resource_name: name }),
});

/** Where no client gets a bare token, and none can be bound to a certificate, all are bound by DPoP. */
function bindingOf({ settings }: Tenant, mutualTls: MutualTls | undefined): Metadata {
  const { profile, sender_constrained, clients_may_loosen } = protocolOf(settings);
  const isBound = sender_constrained && !clients_may_loosen.includes('sender_constrained');
  return isBound && !mutualTls && profile !== 'fapi1' ? { dpop_bound_access_tokens_required: true } : {};
}

/** RFC 9728 5.1: who is refused at userinfo is told where to read what it takes. */
export function nameResourceMetadata({ issuer, basePath }: Tenant) {
  // RFC 9728 3.1: the well-known part stands before the path.
  const url = `${new URL(issuer).origin}${WELL_KNOWN}${basePath}${USERINFO}`;
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const challenges = [ctx.response.get('WWW-Authenticate') as string | string[]].flat().filter(Boolean);
    if (ctx.oidc?.route !== 'userinfo' || challenges.length === 0) return;
    // 3.3: to the client the resource is what it has called. At another address than this it would have to refuse it.
    if (ctx.oidc.urlFor('userinfo') !== issuer + USERINFO) return;
    ctx.set(
      'WWW-Authenticate',
      challenges.map((challenge) => `${challenge}, resource_metadata="${url}"`),
    );
  };
}

const namesIn = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((name) => typeof name === 'string' && name !== 'none') : [];
