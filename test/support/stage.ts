import { createHash } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { startGatehouse, type TestGatehouse } from './gatehouse.ts';
import { type Answer, rawClient } from './raw-client.ts';
import { CALLBACK, PASSWORD, webClient } from './relying-party.ts';
import { createUserAgent, type Page, type UserAgent } from './user-agent.ts';

/** Where attacks are played: two tenants on one host, two users in each, and clients of all kinds. */

const VERIFIER = 'verifier-of-the-attack-tests-0123456789abcdefghij';
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
export const API = 'https://api.example.com';
export const BYE = 'https://app.example.com/bye';

export type Params = Record<string, string | undefined>;
export type Stage = TestGatehouse & { acme: Tenant; globex: Tenant };

export async function setStage(env: Record<string, string> = {}): Promise<Stage> {
  const gatehouse = await startGatehouse(env);
  const { clients, accounts } = gatehouse.services;
  const tenant = async (id: string) => {
    const made = await gatehouse.tenant({
      id,
      name: `${id} Inc`,
      settings: { signing: { algorithms: ['ES256'] }, resources: [{ indicator: API, scopes: ['read', 'write'] }] },
    });
    for (const email of ['ada@example.com', 'grace@example.com']) {
      await accounts.create(made, { email, email_verified: true, password: PASSWORD, name: email.split('@')[0]! });
    }
    await clients.create(made, webClient('web', { client_uri: 'https://app.example.com/' }));
    await clients.create(made, webClient('first-party', { skip_consent: true }));
    return made;
  };
  return { ...gatehouse, acme: await tenant('acme'), globex: await tenant('globex') };
}

/** An authorization request that is in order, save for `params`; `undefined` leaves one out. */
export function authorizationUrl(issuer: string, params: Params = {}): string {
  const good: Params = {
    client_id: 'web',
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid email',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  };
  return `${issuer}/auth?${query({ ...good, ...params })}`;
}

const query = (params: Params) =>
  new URLSearchParams(Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined));

export const userAgent = (headers: Record<string, string> = {}): UserAgent =>
  createUserAgent({ stopAt: 'https://app.example.com/', headers });

/** An authorization request of the client that needs no consent. */
export const begin = async (
  { issuer }: Pick<Tenant, 'issuer'>,
  params: Params = {},
  agent: UserAgent = userAgent(),
): Promise<{ agent: UserAgent; page: Page }> => ({
  agent,
  page: await agent.get(authorizationUrl(issuer, { client_id: 'first-party', ...params })),
});

/** Signs in on the page that asks for it. */
export const signIn = (agent: UserAgent, page: Page, identifier = 'ada@example.com', more = {}): Promise<Page> =>
  agent.submit(page, { identifier, password: PASSWORD, ...more }, isMain);

export const isMain = (form: { action: string }) => !form.action.includes('/cancel');

/** A browser that is signed in, by a client that needs no consent. Ends at the client's address. */
export async function signedIn(
  issuer: string,
  options: { identifier?: string; params?: Params; headers?: Record<string, string> } = {},
): Promise<{ agent: UserAgent; page: Page }> {
  const agent = userAgent(options.headers);
  const asked = await agent.get(authorizationUrl(issuer, { client_id: 'first-party', ...options.params }));
  return { agent, page: await signIn(agent, asked, options.identifier) };
}

export const answerOf = (page: Page): Record<string, string> => {
  const { search, hash } = new URL(page.url);
  return Object.fromEntries(new URLSearchParams(search || hash.slice(1)));
};

export const redeem = (issuer: string, code: string | undefined, by = 'first-party'): Promise<Answer> =>
  rawClient(issuer, by).token({
    grant_type: 'authorization_code',
    code: code ?? '',
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
  });

export type Raw = { status: number; headers: IncomingHttpHeaders; body: string };

/** A request as it is written here: no path is tidied, any header goes. */
export function raw(
  base: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Raw> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const req = request({ hostname, port, path, method: options.method ?? 'GET', headers: options.headers }, (res) => {
      let body = '';
      res.setEncoding('utf8');
      res.on('data', (chunk) => {
        body += chunk;
      });
      res.on('end', () => resolve({ status: res.statusCode!, headers: res.headers, body }));
    });
    req.on('error', reject);
    req.end(options.body);
  });
}

/** Sends the forms that send themselves where scripts run: to leave one account for another, `form_post`. */
export async function goOn(agent: UserAgent, page: Page): Promise<Page> {
  return page.body.includes('document.forms[0].submit()') ? goOn(agent, await agent.submit(page)) : page;
}
