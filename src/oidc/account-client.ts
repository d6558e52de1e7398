import type Provider from 'oidc-provider';
import { noAuth } from '../clients/no-auth.ts';
import { randomSecret } from '../core/ids.ts';
import type { PolicyPart } from '../tenants/settings/authentication.ts';
import { brandOf, type Tenant } from '../tenants/tenant.ts';
import type { ClientMetadata, FindClient } from './adapter/client.ts';
import { policyOfClient } from './request-facts.ts';

/** The tenant's own pages for users are a client of its issuer, so that who comes there signs in as everywhere. */
export const ACCOUNT_CLIENT = 'gatehouse-account';

/** Where it goes on after the sign-in; `state` says which page. */
const ACCOUNT_CALLBACK = '/account/callback';

/**
 * Where to sign in for them. The challenge has no verifier: the code that comes back is of no use to anybody, the browser's
 * session says who is signed in.
 */
export function accountSignIn({ issuer }: Pick<Tenant, 'issuer'>, params: Record<string, string>): string {
  const request = {
    client_id: ACCOUNT_CLIENT,
    redirect_uri: issuer + ACCOUNT_CALLBACK,
    response_type: 'code',
    scope: 'openid',
    code_challenge: randomSecret(),
    code_challenge_method: 'S256',
  };
  return `${issuer}/auth?${new URLSearchParams({ ...request, ...params })}`;
}

/**
 * The policy of a sign-in: its client's or, on our own pages, that of the client for which something is confirmed there
 * (parameter `policy_of`). It can only make them stricter.
 */
export async function clientPolicyOf(
  provider: Pick<Provider, 'Client'>,
  client: { clientId: string },
  { policy_of }: Record<string, unknown>,
): Promise<PolicyPart | undefined> {
  const isOurs = client.clientId === ACCOUNT_CLIENT && typeof policy_of === 'string';
  return policyOfClient((isOurs && (await provider.Client.find(policy_of))) || client);
}

/** With the client that every tenant has. */
export const withAccountClient =
  (tenant: Tenant, find: FindClient): FindClient =>
  async (clientId) =>
    clientId === ACCOUNT_CLIENT ? accountClient(tenant) : find(clientId);

const accountClient = (tenant: Tenant): ClientMetadata => ({
  client_id: ACCOUNT_CLIENT,
  client_name: brandOf(tenant),
  client_uri: `${tenant.issuer}/account`,
  redirect_uris: [tenant.issuer + ACCOUNT_CALLBACK],
  response_types: ['code'],
  grant_types: ['authorization_code'],
  ...noAuth(tenant),
  skip_consent: true,
  require_pkce: true,
});
