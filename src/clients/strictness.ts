import { type Loosenable, type Protocol, protocolOf } from '../tenants/settings/protocol.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Metadata } from './record.ts';

/** The client's word on what its tenant demands. */
const FIELDS = [
  ['pkce_required', 'require_pkce'],
  ['par_required', 'require_pushed_authorization_requests'],
  ['signed_requests_required', 'require_signed_request_object'],
] as const;

const BINDINGS = ['dpop_bound_access_tokens', 'tls_client_certificate_bound_access_tokens'] as const;

/**
 * What the tenant demands, filled into its client's metadata. A client may always be stricter; it is looser only where the
 * tenant allows it, so that a tenant which becomes stricter is so for all at once.
 */
export function strictness({ settings }: Pick<Tenant, 'settings'>, metadata: Metadata): Metadata {
  const protocol = protocolOf(settings);
  const own = Object.fromEntries(
    FIELDS.map(([name, field]) => [field, metadata[field] === true || demands(protocol, name, metadata[field])]),
  );
  return { ...own, ...binding(protocol, metadata), ...modes(protocol, metadata) };
}

/** Each field by which the metadata would be looser than the tenant allows. */
export function tooLoose(
  { settings }: Pick<Tenant, 'settings'>,
  metadata: Metadata,
): { field: string; name: Loosenable }[] {
  const protocol = protocolOf(settings);
  const bindings = isBound(metadata) ? [] : BINDINGS.map((field) => ['sender_constrained', field] as const);
  return [...FIELDS, ...bindings]
    .filter(([name, field]) => metadata[field] === false && demands(protocol, name, false))
    .map(([name, field]) => ({ field, name }));
}

const demands = (protocol: Protocol, name: Loosenable, given: unknown) =>
  protocol[name] && !(given === false && protocol.clients_may_loosen.includes(name));

const isBound = (metadata: Metadata) => BINDINGS.some((field) => metadata[field] === true);

/** FAPI 1.0 Advanced 5.2.2 knows certificates only; elsewhere a client that does not say is bound by DPoP. */
function binding(protocol: Protocol, metadata: Metadata): Metadata {
  const given = BINDINGS.some((field) => metadata[field] === false) ? false : undefined;
  if (isBound(metadata) || !demands(protocol, 'sender_constrained', given)) return {};
  const [dpop, tls] = BINDINGS;
  return { [dpop]: protocol.profile !== 'fapi1', [tls]: protocol.profile === 'fapi1' };
}

/** The mode `web_message` is only for who names it: its answer goes to whatever window has opened the page. */
function modes({ web_message }: Protocol, { response_modes }: Metadata): Metadata {
  if (!web_message || response_modes !== undefined) return {};
  return { response_modes: ['query', 'fragment', 'form_post', 'jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'] };
}
