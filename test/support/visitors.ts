import { countGuess } from '../../src/risk/throttle.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import type { TenantInput } from '../../src/tenants/tenants.ts';
import { startGatehouse, type TestGatehouse } from './gatehouse.ts';
import { PASSWORD, webClient } from './relying-party.ts';
import { authorizationUrl, isMain, type Params, userAgent } from './stage.ts';
import type { Page, UserAgent } from './user-agent.ts';

/** People and programs at addresses of their own, behind a proxy that we trust. */

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
/** As their registries say. */
export const GERMAN = '130.149.7.201';
export const JAPANESE = '133.11.0.1';

export const startBehindProxy = (env: Record<string, string> = {}): Promise<TestGatehouse> =>
  startGatehouse({ GATEHOUSE_TRUSTED_PROXIES: '127.0.0.0/8,::1/128', ...env });

/** A tenant with Ada and Grace, whose one client asks for no consent. */
export async function tenantOf(
  { tenant, services }: TestGatehouse,
  id: string,
  settings: TenantInput['settings'] = {},
): Promise<Tenant> {
  const made = await tenant({ id, settings: { signing: { algorithms: ['ES256'] }, ...settings } });
  for (const name of ['ada', 'grace'])
    await services.accounts.create(made, { email: `${name}@example.com`, email_verified: true, password: PASSWORD });
  await services.clients.create(made, webClient('first-party', { skip_consent: true }));
  return made;
}

export const browserAt = (ip: string, headers: Record<string, string> = {}): UserAgent =>
  userAgent({ 'x-forwarded-for': ip, 'user-agent': FIREFOX, 'accept-language': 'en', ...headers });

/** The page that a sign-in begins with. */
export const begin = ({ issuer }: Tenant, agent: UserAgent, params: Params = {}): Promise<Page> =>
  agent.get(authorizationUrl(issuer, { client_id: 'first-party', ...params }));

/** Sends the form of the page that asks for a password. */
export const submit = (agent: UserAgent, page: Page, fields: Record<string, string> = {}): Promise<Page> =>
  agent.submit(page, { identifier: 'ada@example.com', password: PASSWORD, ...fields }, isMain);

export const signInAt = async (tenant: Tenant, agent: UserAgent, fields: Record<string, string> = {}) =>
  submit(agent, await begin(tenant, agent, { prompt: 'login' }), fields);

/** Failed guesses, as another node of the installation counts them. */
export async function failures(
  tenant: Tenant,
  count: number,
  guess: (i: number) => { account: string; ip: string; password?: string },
): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => countGuess({ tenant, ...guess(i) })));
}
