import { mac } from './core/hashing.ts';
import { derive } from './core/sealing.ts';
import type { DemoOptions } from './demo/demo.ts';
import type { Services } from './services.ts';

const TENANT = 'demo';
const EMAIL = 'ada@example.com';
const API = 'https://api.demo.example';

export type Demo = DemoOptions & { email: string; password: string; api: string };

/**
 * On an empty store a tenant with a user and a client, to try things with. Its secrets are derived from the master key:
 * every start and every node knows them, and nothing has to be kept. Undefined where there is no demo tenant.
 */
export async function prepareDemo(services: Services): Promise<Demo | undefined> {
  const { config, tenants, clients, accounts, resolver } = services;
  const demo = demoOf(services);
  if (await tenants.get(TENANT)) return demo;
  if ((await tenants.list({ limit: 1 })).items.length > 0) return undefined;

  await tenants.create({
    id: TENANT,
    name: 'Demo',
    settings: {
      registration: { who: 'anybody' },
      resources: [{ indicator: API, name: 'Demo API', scopes: ['read', 'write'] }],
    },
  });
  const tenant = await resolver.byId(TENANT);
  if (!tenant) return undefined;
  await clients.create(tenant, {
    client_id: demo.clientId,
    client_secret: demo.clientSecret,
    client_name: 'Demo application',
    client_uri: `${config.url}/demo`,
    redirect_uris: [`${config.url}/demo/callback`],
    post_logout_redirect_uris: [`${config.url}/demo/signed-out`],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code'],
  });
  await accounts.create(tenant, {
    email: EMAIL,
    email_verified: true,
    password: demo.password,
    name: 'Ada Lovelace',
    given_name: 'Ada',
    family_name: 'Lovelace',
  });
  return demo;
}

function demoOf({ config, masterKey }: Services): Demo {
  const key = derive(masterKey, 'demo');
  return {
    issuer: `${config.url}/t/${TENANT}`,
    baseUrl: config.url,
    clientId: 'demo',
    clientSecret: mac(key, 'client secret'),
    key: derive(key, 'cookies'),
    email: EMAIL,
    password: mac(key, 'password')
      .replace(/[^a-z0-9]/gi, '')
      .slice(0, 20),
    api: API,
  };
}
