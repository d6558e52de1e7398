import { createHash, randomBytes } from 'node:crypto';
import { type Browser, formOf } from './browser.ts';
import { authenticates, names } from './client.ts';
import { REDIRECT_URI, type User, WEB } from './scenario.ts';
import { fail, json, type Target } from './target.ts';

/** Whose sign-in it is and how it is asked for. `proof`: of possession, for the token endpoint. */
export type Way = {
  client?: { client_id: string; client_secret?: string };
  isPushed?: boolean;
  proof?: () => Record<string, string>;
};

export type Tokens = { access_token: string; id_token: string; refresh_token: string };

/**
 * Authorization request (code + PKCE), the login form where one is shown, consent where it is asked for, and the code at the
 * token endpoint.
 */
export async function signIn(
  target: Target,
  browser: Browser,
  user: User,
  expectForm: boolean,
  { client = WEB, isPushed = false, proof = () => ({}) }: Way = {},
): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(12).toString('base64url');
  const query = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid email',
    state,
    nonce: state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const asked = isPushed ? await pushed(target, client, query) : query;
  const { redirect, forms } = await authorize(`${target.endpoints.authorization_endpoint}?${asked}`, browser, user);
  if (forms !== (expectForm ? 1 : 0)) fail(`the login form was shown ${forms} times`);
  if (redirect.get('state') !== state) fail('state is not what was sent');
  if (redirect.get('iss') !== target.issuer) fail(`iss is ${redirect.get('iss')}`);

  const answer = await target.request(target.endpoints.token_endpoint, {
    form: {
      grant_type: 'authorization_code',
      code: redirect.get('code') ?? fail(`no code: ${redirect}`),
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
      ...names(client),
    },
    headers: { ...authenticates(client), ...proof() },
  });
  const tokens = json<Tokens>(answer);
  if (!tokens.refresh_token) fail('no refresh token');
  const claims = target.verify(tokens.id_token);
  if (claims.nonce !== state || claims.aud !== client.client_id) fail('the ID token is not for this request');
  return tokens;
}

/** Pushes the request (RFC 9126); what is left of it for the browser. */
async function pushed(target: Target, client: NonNullable<Way['client']>, query: URLSearchParams) {
  const answer = await target.request(target.endpoints.pushed_authorization_request_endpoint, {
    form: Object.fromEntries(query),
    headers: authenticates(client),
  });
  if (answer.status !== 201) fail(`${answer.status}: ${answer.body.slice(0, 500)}`);
  const { request_uri } = JSON.parse(answer.body) as { request_uri: string };
  return new URLSearchParams({ client_id: client.client_id, request_uri });
}

/** Follows the issuer's redirects until they lead to the client; resolves to the parameters there. */
async function authorize(start: string, browser: Browser, user: User) {
  let url = start;
  let answer = await browser(url);
  let forms = 0;
  for (let step = 0; step < 10; step += 1) {
    if (answer.status === 200 && forms === 0) {
      const { action, fields } = formOf(answer.body, url);
      url = action;
      answer = await browser(action, { ...fields, identifier: user.email, password: user.password });
      forms += 1;
      continue;
    }
    if (answer.status === 200 && answer.body.includes('name="decision"')) {
      const { action, fields } = formOf(answer.body, url, 'decision');
      url = action;
      answer = await browser(action, { ...fields, decision: 'accept' });
      continue;
    }
    const location = answer.headers.location;
    if (![302, 303].includes(answer.status) || typeof location !== 'string') {
      fail(`${answer.status} at ${url}: ${answer.body.slice(0, 500)}`);
    }
    url = new URL(location, url).href;
    if (url.startsWith(`${REDIRECT_URI}?`)) return { redirect: new URL(url).searchParams, forms };
    answer = await browser(url);
  }
  return fail(`no end of redirects at ${url}`);
}
