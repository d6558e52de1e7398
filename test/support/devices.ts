import type { Services } from '../../src/services.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { PASSWORD } from './relying-party.ts';
import { type Page, to, type UserAgent } from './user-agent.ts';

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** What a device is told, to show its user. */
export type DeviceCodes = {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
  interval: number;
};

/** A television: a public client without a browser of its own. */
export const deviceClient = (clientId: string, extra: Record<string, unknown> = {}) => ({
  client_id: clientId,
  client_name: 'Paper Boat TV',
  token_endpoint_auth_method: 'none',
  grant_types: [DEVICE_GRANT, 'refresh_token'],
  ...extra,
});

export const createDevice = ({ clients }: Pick<Services, 'clients'>, tenant: Tenant, extra = {}) =>
  clients.create(tenant, deviceClient('tv', extra));

/** A device's half: what it asks, and how it waits. */
export function device({ issuer }: Pick<Tenant, 'issuer'>, clientId = 'tv') {
  const post = async (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = new URLSearchParams({ client_id: clientId, ...fields });
    const response = await fetch(issuer + path, { method: 'POST', body, headers });
    // biome-ignore lint/suspicious/noExplicitAny: an answer may hold anything, and the test says what it should
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  };
  return {
    ask: (fields: Record<string, string> = {}, headers?: Record<string, string>) =>
      post('/device/auth', { scope: 'openid email', ...fields }, headers),
    async begin(fields: Record<string, string> = {}, headers?: Record<string, string>): Promise<DeviceCodes> {
      const answer = await this.ask(fields, headers);
      if (answer.status !== 200) throw new Error(`no codes: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    poll: (code: string, fields: Record<string, string> = {}) =>
      post('/token', { grant_type: DEVICE_GRANT, device_code: code, ...fields }),
  };
}

/** Types the code of a device into its page. */
export const typeUserCode = async (
  agent: UserAgent,
  { issuer }: Pick<Tenant, 'issuer'>,
  userCode: string,
): Promise<Page> => agent.submit(await agent.get(`${issuer}/device`), { user_code: userCode }, to('device'));

/** The whole of the user's part: types the code, says yes, and goes through what the pages ask. */
export async function connect(
  agent: UserAgent,
  tenant: Pick<Tenant, 'issuer'>,
  userCode: string,
  identifier = 'ada@example.com',
): Promise<Page> {
  let page = await agent.submit(await typeUserCode(agent, tenant, userCode), { confirm: 'yes' }, to('device'));
  if (/name="password"/.test(page.body))
    page = await agent.submit(page, { identifier, password: PASSWORD }, to('login'));
  return /value="accept"/.test(page.body) ? agent.submit(page, { decision: 'accept' }, to('consent')) : page;
}
