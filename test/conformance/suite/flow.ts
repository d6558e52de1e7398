import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { type Answer, basic, rawClient } from '../../support/raw-client.ts';
import { type Browser, createBrowser, type Ended } from './browser.ts';
import { type IdToken, verified } from './id-token.ts';
import type { Op, SuiteClient } from './op.ts';

export type Variant = { response_type: string; form_post?: boolean; client_id?: string };
/** A module is run in a plan: against that provider, with that variant. */
export type Plan = { op: Op; variant: Variant };

export type Params = Record<string, string | undefined>;

/** What came of a complete sign-in. The claims are those of the first ID token that came. */
export type SignedIn = {
  ended: Ended;
  code: string | undefined;
  tokens: Answer['body'] | undefined;
  access_token: string | undefined;
  id_token: string | undefined;
  claims: IdToken | undefined;
};

export const has = ({ variant }: Plan, part: 'code' | 'id_token' | 'token') =>
  variant.response_type.split(' ').includes(part);

export function clientOf({ op, variant }: Plan, id = variant.client_id ?? 'suite'): SuiteClient {
  const client = op.clients.get(id);
  if (!client) throw new Error(`the document has no client ${id}`);
  return client;
}

/** An authorization request of this variant; `undefined` leaves a parameter out. */
export function requestOf(plan: Plan, params: Params = {}): Record<string, string> {
  const { client_id, redirect_uris } = clientOf(plan);
  const { response_type, form_post } = plan.variant;
  const request: Params = {
    client_id,
    redirect_uri: redirect_uris[0],
    response_type,
    ...(form_post && { response_mode: 'form_post' }),
    scope: 'openid',
    state: randomUUID(),
    nonce: randomUUID(),
    ...params,
  };
  return Object.fromEntries(
    Object.entries(request).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

export const authorizationUrl = ({ op }: Plan, request: Record<string, string>) =>
  `${op.metadata.authorization_endpoint}?${new URLSearchParams(request)}`;

/** The request is made in that browser, whose user does what is asked. */
export const authorize = (plan: Plan, params: Params = {}, browser: Browser = createBrowser(plan.op)): Promise<Ended> =>
  browser.get(authorizationUrl(plan, requestOf(plan, params)));

/** A complete sign-in with all that every module checks on the way. */
export async function signIn(
  plan: Plan,
  params: Params = {},
  browser: Browser = createBrowser(plan.op),
  send = (request: Record<string, string>) => browser.get(authorizationUrl(plan, request)),
): Promise<SignedIn> {
  const request = requestOf(plan, params);
  const ended = await send(request);
  const { op } = plan;
  const { answer } = ended;
  expect(answer.error).toBeUndefined();
  expect(ended.by).toBe(modeOf(plan));
  // RFC 9207 2: an ID token names the issuer itself.
  expect([answer.state, answer.iss]).toEqual([request.state, has(plan, 'id_token') ? undefined : op.issuer]);

  const { client_id, nonce } = request as { client_id: string; nonce?: string };
  const parts = [...(has(plan, 'code') ? ['code'] : []), ...(has(plan, 'id_token') ? ['id_token'] : [])];
  const came = Object.keys(answer).filter((name) => ['code', 'id_token', 'access_token'].includes(name));
  expect(came.toSorted()).toEqual([...parts, ...(has(plan, 'token') ? ['access_token'] : [])].toSorted());
  if (has(plan, 'token')) {
    expect(answer.token_type).toBe('Bearer');
    expect(Number(answer.expires_in)).toBeGreaterThan(0);
  }
  const front = has(plan, 'id_token')
    ? await verified(op, answer.id_token, { client_id, nonce, ...answer })
    : undefined;

  const code = answer.code;
  const answered = code === undefined ? undefined : await redeem(plan, code);
  if (answered) expectTokens(answered);
  const tokens = answered?.body;
  const back = tokens && (await verified(op, tokens.id_token, { client_id, nonce }));
  if (front && back) expect(back.sub).toBe(front.sub);

  return {
    ended,
    code,
    tokens,
    access_token: tokens?.access_token ?? answer.access_token,
    id_token: answer.id_token ?? tokens?.id_token,
    claims: front ?? back,
  };
}

/** How answers come where the request does not say (OAuth 2.0 Multiple Response Types 2.1). */
export function modeOf(plan: Plan): Ended['by'] {
  if (plan.variant.form_post) return 'form_post';
  return plan.variant.response_type === 'code' ? 'query' : 'fragment';
}

export const redeem = (plan: Plan, code: string, client = clientOf(plan)): Promise<Answer> =>
  tokenRequest(plan, { grant_type: 'authorization_code', code, redirect_uri: client.redirect_uris[0]! }, client);

export async function tokenRequest(
  plan: Plan,
  fields: Record<string, string>,
  client = clientOf(plan),
): Promise<Answer> {
  const { client_id, client_secret = '', token_endpoint_auth_method, assertion } = client;
  const { token } = rawClient(plan.op.issuer, client_id);
  if (assertion)
    return token(
      {
        ...fields,
        client_assertion: await assertion(),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      },
      {},
    );
  return token_endpoint_auth_method === 'client_secret_post'
    ? token({ ...fields, client_id, client_secret }, {})
    : token(fields, basic(client_id, client_secret));
}

/** RFC 6749 5.1. */
export function expectTokens({ status, headers, body }: Answer): void {
  expect({ status, body }).toEqual({ status: 200, body: expect.any(Object) });
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(headers.get('cache-control')).toContain('no-store');
  expect(body).toMatchObject({ access_token: expect.stringMatching(/^[\x20-\x7e]+$/), token_type: 'Bearer' });
  expect(body.expires_in).toBeGreaterThan(0);
}

/** RFC 6749 5.2. */
export function expectTokenError({ status, headers, body }: Answer, error: string): void {
  expect([status, body.error]).toEqual([400, error]);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(headers.get('cache-control')).toContain('no-store');
}

/** What the userinfo endpoint says, or what the ID token does where there is no access token. */
export async function claimsOf(plan: Plan, { access_token, claims }: SignedIn): Promise<Record<string, unknown>> {
  if (!access_token) return { ...claims };
  const { status, headers, body } = await rawClient(plan.op.issuer, 'suite').userinfo(access_token);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(body.sub).toBe(claims?.sub);
  return body;
}
