import { PRESETS } from '../../tenants/settings/upstream-rules.ts';
import type { MappedClaim, Upstream } from '../../tenants/settings/upstreams.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { type AuthMethod, type Preset, presets } from './presets.ts';
import { Refusal } from './refusal.ts';

/** An upstream with all that its preset knows. */
export type Connection = Omit<Preset, 'authMethod' | 'subject' | 'attributes'> & {
  id: string;
  name: string;
  type: 'oidc' | 'oauth2' | 'saml';
  clientId: string;
  authMethod: AuthMethod;
  subject: string;
  attributes: Partial<Record<MappedClaim, string>>;
  /** When an address that it tells counts as verified. */
  trustsEmail: 'never' | 'claim' | 'always';
  upstream: Upstream;
};

/** What most providers tell by the standard's own names. */
const STANDARD: MappedClaim[] = [
  'email',
  'name',
  'given_name',
  'family_name',
  'nickname',
  'preferred_username',
  'picture',
  'locale',
];

export function connectionOf(upstream: Upstream): Connection {
  const preset: Preset = upstream.preset ? presets[upstream.preset] : { scopes: ['openid', 'profile', 'email'] };
  const type = upstream.type ?? PRESETS[upstream.preset!];
  return {
    ...preset,
    id: upstream.id,
    name: upstream.name,
    type,
    ...(upstream.issuer && { issuer: upstream.issuer }),
    ...(upstream.endpoints && { endpoints: upstream.endpoints }),
    clientId: upstream.client_id ?? '',
    authMethod: upstream.token_endpoint_auth_method ?? preset.authMethod ?? 'client_secret_basic',
    scopes: upstream.scopes ?? (type === 'oauth2' && !upstream.preset ? [] : preset.scopes),
    // OpenID Connect has one name for it.
    subject: type === 'oidc' ? 'sub' : (upstream.subject ?? preset.subject ?? 'sub'),
    attributes: upstream.attributes ?? preset.attributes ?? Object.fromEntries(STANDARD.map((name) => [name, name])),
    trustsEmail: upstream.trust.email_verified ?? (upstream.preset ? 'claim' : 'never'),
    upstream,
  };
}

/** As the tenant has it now. Refused as `unknown` or `disabled`. */
export function enabledConnection(tenant: Tenant, id: string): Connection {
  const upstream = tenant.settings.upstreams.find((one) => one.id === id);
  if (!upstream) throw new Refusal('unknown', 'there is no such upstream');
  if (!upstream.enabled) throw new Refusal('disabled', 'the upstream is switched off');
  return connectionOf(upstream);
}

/** Each upstream has one of its own, so that an answer of one cannot be taken for another's (RFC 9700 4.4.2). */
export const callbackUri = (tenant: Tenant, upstreamId: string): string =>
  `${tenant.issuer}/upstream/${upstreamId}/callback`;
