import { createHash, randomBytes } from 'node:crypto';
import { CALLBACK, goThrough, secretOf } from './relying-party.ts';
import type { UserAgent } from './user-agent.ts';

export type Fields = Record<string, string>;
/** `body` is what the JSON said, or the text. */
// biome-ignore lint/suspicious/noExplicitAny: an answer may hold anything, and the test says what it should
export type Answer = { status: number; headers: Headers; body: any };

export const USER = 'ada@example.com';

export const basic = (clientId: string, secret = secretOf(clientId)): Fields => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});

export const bearer = (token: string): Fields => ({ authorization: `Bearer ${token}` });

/**
 * A client's half of the protocol by hand: it says what a test wants it to say, and judges nothing.
 * `headers` of a call replace its client authentication.
 */
export function rawClient(
  issuer: string,
  clientId: string,
  options: { send?: typeof fetch; headers?: Fields; fields?: Fields } = {},
) {
  const send = options.send ?? fetch;
  const authentication = options.headers ?? basic(clientId);

  async function request(path: string, init: RequestInit): Promise<Answer> {
    const response = await send(issuer + path, { redirect: 'manual', ...init });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  const get = (path: string, headers: Fields = {}) => request(path, { headers });
  const post = (path: string, fields: Fields, headers: Fields = authentication) =>
    request(path, { method: 'POST', body: new URLSearchParams({ ...options.fields, ...fields }), headers });
  const token = (fields: Fields, headers?: Fields) => post('/token', fields, headers);

  return {
    issuer,
    clientId,
    authentication,
    request,
    get,
    post,
    token,
    refresh: (refreshToken: string, more: Fields = {}, headers?: Fields) =>
      token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...more }, headers),
    introspect: async (value: string) => (await post('/token/introspection', { token: value })).body,
    revoke: (value: string) => post('/token/revocation', { token: value }),
    userinfo: (accessToken: string) => get('/me', bearer(accessToken)),

    /** What an authorization request of this client needs, and what the token endpoint is to be told afterwards. */
    begin(params: Fields = {}) {
      const verifier = randomBytes(32).toString('base64url');
      const query: Fields = {
        client_id: clientId,
        redirect_uri: CALLBACK,
        response_type: 'code',
        scope: 'openid profile email',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...params,
      };
      const redemption = { grant_type: 'authorization_code', redirect_uri: CALLBACK, code_verifier: verifier };
      return { query, url: `${issuer}/auth?${new URLSearchParams(query)}`, redemption };
    },
  };
}

export type RawClient = ReturnType<typeof rawClient>;

/** Goes through the pages; gives the fields that redeem the code. */
export async function newCode(agent: UserAgent, client: RawClient, params: Fields = {}, user = USER): Promise<Fields> {
  const { url, redemption } = client.begin(params);
  const page = await goThrough(agent, url, user);
  const code = new URL(page.url).searchParams.get('code');
  if (!code) throw new Error(`no code in ${page.url}`);
  return { ...redemption, code };
}

/** The tokens of a sign-in; for the API `params.resource` where one is named. `headers` go with the code. */
export async function newTokens(
  agent: UserAgent,
  client: RawClient,
  params: Fields = {},
  user = USER,
  headers: Fields = {},
): Promise<Answer['body']> {
  const { resource } = params;
  const fields = { ...(await newCode(agent, client, params, user)), ...(resource && { resource }) };
  const answer = await client.token(fields, { ...client.authentication, ...headers });
  if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
