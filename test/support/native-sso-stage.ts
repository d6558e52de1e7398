import type { TenantInput } from '../../src/tenants/tenants.ts';
import { ACCESS_TOKEN, EXCHANGE, ID_TOKEN } from './exchange-stage.ts';
import type { TestGatehouse } from './gatehouse.ts';
import { type Answer, type Fields, newTokens, rawClient, USER } from './raw-client.ts';
import { CALLBACK, PASSWORD, webClient } from './relying-party.ts';
import { createUserAgent, type UserAgent } from './user-agent.ts';

/** A tenant whose applications on one device share a sign-in: `mail`, `maps` and `notes`; and others that may not. */

export const DEVICE_SECRET = 'urn:openid:params:token-type:device-secret';
export const API = 'https://api.example';
export const OTHER = 'grace@example.com';
const REFRESHED = ['authorization_code', 'refresh_token'];

export type NativeSsoStage = Awaited<ReturnType<typeof setNativeSsoStage>>;
export type Tokens = Answer['body'];

/** An app without a secret, as the store of a phone has it. */
export const app = (clientId: string, more: Record<string, unknown> = {}) => ({
  client_id: clientId,
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: [CALLBACK],
  grant_types: [...REFRESHED, EXCHANGE],
  native_sso: true,
  skip_consent: true,
  ...more,
});

export async function setNativeSsoStage(
  { services }: Pick<TestGatehouse, 'services'>,
  id: string,
  settings: TenantInput['settings'] = {},
) {
  const { tenants, resolver, clients, accounts } = services;
  const given = {
    signing: { algorithms: ['ES256' as const] },
    protocol: { native_sso: true },
    resources: [{ indicator: API, scopes: ['read', 'write'] }],
    ...settings,
  };
  await tenants.create({ id, name: id, settings: given });
  const tenant = (await resolver.byId(id))!;
  for (const name of ['mail', 'maps', 'notes']) await clients.create(tenant, app(name));
  await clients.create(tenant, app('pairwise', { subject_type: 'pairwise' }));
  await clients.create(tenant, app('asking', { skip_consent: false }));
  await clients.create(tenant, app('narrow', { scope: 'openid email' }));
  await clients.create(
    tenant,
    webClient('shop', { skip_consent: true, native_sso: true, grant_types: [...REFRESHED, EXCHANGE] }),
  );
  const exchanger = {
    native_sso: false,
    token_exchange: { resources: [{ resource: API }], subject_clients: ['mail'] },
  };
  await clients.create(tenant, webClient('exchanger', { ...exchanger, grant_types: [...REFRESHED, EXCHANGE] }));
  await clients.create(tenant, app('strict', { authentication_policy: { mfa: 'required' } }));
  await clients.create(tenant, app('foreign', { native_sso: false, grant_types: REFRESHED }));
  for (const email of [USER, OTHER])
    await accounts.create(tenant, { email, email_verified: true, password: PASSWORD, name: email });

  const client = (clientId: string) =>
    clientId === 'shop' || clientId === 'exchanger'
      ? rawClient(tenant.issuer, clientId)
      : rawClient(tenant.issuer, clientId, { headers: {}, fields: { client_id: clientId } });
  return {
    tenant,
    client,
    agent: () => createUserAgent({ stopAt: CALLBACK }),
    /** The tokens of a user who signs in at an app, with a device secret. */
    signIn: (
      by = 'mail',
      params: Fields = {},
      agent: UserAgent = createUserAgent({ stopAt: CALLBACK }),
      user = USER,
    ): Promise<Tokens> => newTokens(agent, client(by), { scope: 'openid email device_sso', ...params }, user),
    /** Asks for the tokens of another app, as `maps` unless said otherwise. */
    share: (tokens: Tokens, fields: Fields = {}, by = 'maps', headers: Fields = {}): Promise<Answer> => {
      const caller = client(by);
      const form = {
        grant_type: EXCHANGE,
        audience: tenant.issuer,
        subject_token: tokens.id_token,
        subject_token_type: ID_TOKEN,
        actor_token: tokens.device_secret,
        actor_token_type: DEVICE_SECRET,
        requested_token_type: ACCESS_TOKEN,
        scope: 'openid email',
      };
      return caller.token(without({ ...form, ...fields }), { ...caller.authentication, ...headers });
    },
  };
}

const without = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
