import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../../core/clock.ts';
import { LOOSENABLE, type Protocol, protocolOf } from '../../tenants/settings/protocol.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { ACCOUNT_CLIENT } from '../account-client.ts';
import { requestObjects } from './request-objects.ts';

type Features = NonNullable<Configuration['features']>;

/**
 * How clients may ask: pushed (RFC 9126), signed and encrypted (RFC 9101), with proofs of possession (RFC 9449), by the
 * rules of a FAPI profile. What the tenant demands of a client stands in the client's own metadata (`clients/strictness`).
 */
export function requestFeatures(
  tenant: Tenant,
  clock: Clock,
): Pick<
  Features,
  'pushedAuthorizationRequests' | 'requestObjects' | 'claimsParameter' | 'encryption' | 'dPoP' | 'fapi'
> {
  const protocol = protocolOf(tenant.settings);
  const profile = { secure: undefined, compat: undefined, fapi1: '1.0 Final', fapi2: '2.0' }[protocol.profile];
  return {
    pushedAuthorizationRequests: { enabled: true },
    requestObjects: requestObjects(tenant, clock),
    claimsParameter: { enabled: true },
    encryption: { enabled: true },
    dPoP: {
      enabled: true,
      nonceSecret: tenant.secretFor('dpop nonces'),
      requireNonce: () => protocol.dpop_nonce,
    },
    fapi: {
      enabled: profile !== undefined,
      // Our own pages' client redeems no code, and no service provider of SAML does.
      profile: (_ctx, client) =>
        client?.clientId === ACCOUNT_CLIENT || client?.saml_acs_uri !== undefined ? undefined : profile,
    } as Features['fapi'],
  };
}

/** FAPI 1.0 Advanced 5.2.2, clause 18: what is pushed has it, whatever the client's own metadata say. */
export const needsPkce = (
  { profile }: Protocol,
  { oidc }: KoaContextWithOIDC,
  client: { require_pkce?: unknown },
): boolean => client.require_pkce !== false || (profile === 'fapi1' && oidc.route === 'pushed_authorization_request');

/** What discovery says of the tenant's demands: only those that no client can be released from. */
export function saidOfRequests(protocol: Protocol): Record<string, unknown> {
  const [, par, signed] = LOOSENABLE.map((name) => protocol[name] && !protocol.clients_may_loosen.includes(name));
  return {
    require_pushed_authorization_requests: par || undefined,
    require_signed_request_object: signed || undefined,
  };
}
