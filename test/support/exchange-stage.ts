import type { Tenant } from '../../src/tenants/tenant.ts';
import type { TenantInput } from '../../src/tenants/tenants.ts';
import type { TestGatehouse } from './gatehouse.ts';
import { type Answer, type Fields, newTokens, rawClient, USER } from './raw-client.ts';
import { CALLBACK, PASSWORD, webClient } from './relying-party.ts';
import { createUserAgent } from './user-agent.ts';

/** A tenant with a chain of services: web -> orders -> ledger (JWT) or archive (opaque). */

export const ORDERS = 'https://orders.api.example';
export const LEDGER = 'https://ledger.api.example';
export const ARCHIVE = 'https://archive.api.example';

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const tokenType = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;
export const ACCESS_TOKEN = tokenType('access_token');
export const ID_TOKEN = tokenType('id_token');
export const REFRESH_TOKEN = tokenType('refresh_token');

const SETTINGS: TenantInput['settings'] = {
  signing: { algorithms: ['ES256'] },
  protocol: { token_exchange: true },
  resources: [
    { indicator: ORDERS, scopes: ['read', 'write'], introspection_clients: ['orders'] },
    { indicator: LEDGER, scopes: ['read', 'write', 'post'], introspection_clients: ['ledger'] },
    {
      indicator: ARCHIVE,
      scopes: ['read', 'write'],
      access_token_format: 'opaque',
      introspection_clients: ['archive'],
    },
  ],
};

export type ExchangeStage = Awaited<ReturnType<typeof setExchangeStage>>;

export const service = (clientId: string, extra: Record<string, unknown> = {}) =>
  webClient(clientId, {
    redirect_uris: [],
    post_logout_redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials', EXCHANGE],
    ...extra,
  });

export async function setExchangeStage(
  { services }: Pick<TestGatehouse, 'services'>,
  id: string,
  { settings = {}, policy = {} }: { settings?: TenantInput['settings']; policy?: object } = {},
) {
  const { tenants, resolver, clients, accounts } = services;
  await tenants.create({ id, name: id, settings: { ...SETTINGS, ...settings } });
  const tenant = (await resolver.byId(id))!;
  const add = (metadata: Parameters<typeof clients.create>[1]) => clients.create(tenant, metadata);
  const orders = {
    subject_clients: ['web'],
    resources: [{ resource: LEDGER }, { resource: ARCHIVE }],
    actors: { clients: ['robot'], roles: ['support'] },
    ...policy,
  };
  await add(webClient('web', { skip_consent: true }));
  await add(service('orders', { token_exchange: orders }));
  await add(service('ledger', { token_exchange: { subject_clients: ['orders'], resources: [{ resource: ARCHIVE }] } }));
  for (const name of ['robot', 'archive']) await add(service(name, { grant_types: ['client_credentials'] }));
  await accounts.create(tenant, { email: USER, email_verified: true, password: PASSWORD, name: 'Ada Lovelace' });
  return stageOf(tenant);
}

function stageOf(tenant: Tenant) {
  const client = (clientId: string) => rawClient(tenant.issuer, clientId);
  const web = client('web');

  return {
    tenant,
    client,
    web,
    /** The tokens of a user who signs in at `web`, for an API. */
    signIn: (resource = ORDERS, params: Fields = {}, by = web, user = USER, headers: Fields = {}) =>
      newTokens(
        createUserAgent({ stopAt: CALLBACK }),
        by,
        { scope: 'openid read write', resource, ...params },
        user,
        headers,
      ),
    /** Asks for another token, as the service `orders` unless said otherwise. */
    exchange: (token: string, fields: Fields = {}, by = 'orders', headers: Fields = {}): Promise<Answer> => {
      const caller = client(by);
      const form = { grant_type: EXCHANGE, subject_token: token, subject_token_type: ACCESS_TOKEN, ...fields };
      return caller.token(form, { ...caller.authentication, ...headers });
    },
    /** The token of a service for itself. */
    ownToken: async (by: string, fields: Fields = {}): Promise<string> =>
      (await client(by).token({ grant_type: 'client_credentials', scope: 'read', resource: ORDERS, ...fields })).body
        .access_token,
  };
}
