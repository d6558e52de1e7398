import type { Tenant } from '../tenants/tenant.ts';
import { noAuth } from './no-auth.ts';
import type { ClientRecord } from './record.ts';
import { samlOf } from './saml.ts';
import { scopeForProtocol } from './scope.ts';

/** Where a sign-in for a service provider ends, before it is told. */
export const samlCallback = ({ issuer }: Pick<Tenant, 'issuer'>): string => `${issuer}/saml/callback`;

/**
 * A service provider of SAML as a client of the protocol core, so that who comes from there signs in as everywhere. It speaks
 * only through us: its requests are those that we push, and nobody can redeem a code of its.
 */
export function serviceProvider(tenant: Tenant, { id, metadata }: ClientRecord & { id: string }) {
  const { saml: _, ...shared } = metadata;
  return {
    ...shared,
    ...scopeForProtocol(tenant, metadata),
    ...noAuth(tenant),
    client_id: id,
    redirect_uris: [samlCallback(tenant)],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    require_pkce: true,
    require_pushed_authorization_requests: true,
    require_signed_request_object: false,
    // Where the answer goes in truth, for people to judge.
    saml_acs_uri: samlOf(metadata)!.acs[0]!.uri,
  };
}
