import { expect } from '@jest/globals';
import type { Answer } from '../../support/raw-client.ts';
import { type IdToken, verified } from '../suite/id-token.ts';
import { type Authorized, type authorize, authorized } from './authorize.ts';
import { call, INTERACTION, resource } from './call.ts';
import type { FapiClient } from './client.ts';
import type { FapiPlan, Sent } from './plan.ts';

export const redeem = (
  plan: FapiPlan,
  { client, verifier, request }: Authorized,
  code: string,
  sent: Sent = {},
): Promise<Answer> => {
  const redirect_uri = request.redirect_uri ?? client.redirect_uri;
  const grant = { grant_type: 'authorization_code', code, redirect_uri, client_id: client.client_id };
  const fields = { ...grant, ...(request.code_challenge && { code_verifier: verifier }), ...sent.params };
  return call(plan, client, '/token', fields, true, sent);
};

export type Tokens = { access_token: string; refresh_token: string; id_token: string; claims: IdToken };

/** The tokens for a code, checked. */
export async function tokensFor(plan: FapiPlan, done: Authorized & { code: string }, sent: Sent = {}): Promise<Tokens> {
  return checked(plan, done.client, await redeem(plan, done, done.code, sent), done.request.nonce);
}

export async function checked(
  { op, variant }: FapiPlan,
  { client_id, metadata }: FapiClient,
  { status, headers, body }: Answer,
  nonce: string | undefined,
): Promise<Tokens> {
  expect({ status, body }).toEqual({ status: 200, body: expect.any(Object) });
  expect(headers.get('cache-control')).toContain('no-store');
  expect(body.token_type).toBe(variant.sender_constrain === 'dpop' ? 'DPoP' : 'Bearer');
  expect(body.access_token).toMatch(/^[\x21-\x7e]{22,}$/);
  const claims = await verified(op, body.id_token, { client_id, nonce });
  const header = JSON.parse(Buffer.from(body.id_token.split('.')[0], 'base64url').toString());
  expect(header.alg).toBe(metadata.id_token_signed_response_alg);
  return { ...body, claims };
}

/** The resource answers, as it should. */
export async function visited(
  plan: FapiPlan,
  client: FapiClient,
  { access_token, claims }: Pick<Tokens, 'access_token' | 'claims'>,
): Promise<void> {
  const { status, headers, body } = await resource(plan, client, access_token);
  expect([status, body.sub]).toEqual([200, claims.sub]);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect([headers.get('x-fapi-interaction-id'), headers.get('date')]).toEqual([INTERACTION, expect.any(String)]);
}

/** A complete sign-in, up to the resource. */
export async function signIn(
  ...args: Parameters<typeof authorize>
): Promise<Tokens & { done: Authorized & { code: string } }> {
  const [plan, client, , options] = args;
  const done = await authorized(...args);
  const tokens = await tokensFor(plan, done, { dpop: options?.sent?.dpop || {} });
  await visited(plan, client, tokens);
  return { ...tokens, done };
}
