import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { Answer, Fields } from '../../support/raw-client.ts';
import { call, given } from './call.ts';
import { type FapiClient, type Over, requestObject } from './client.ts';
import type { FapiPlan, Params, Sent } from './plan.ts';

export type Request = { request: Fields; verifier: string };

/** What an authorization request of that client says. */
export function requestOf({ variant }: FapiPlan, client: FapiClient, params: Params = {}): Request {
  const verifier = randomBytes(32).toString('base64url');
  const request = {
    client_id: client.client_id,
    response_type: variant.response_type ?? 'code',
    redirect_uri: client.redirect_uri,
    scope: 'openid',
    state: randomUUID(),
    nonce: randomUUID(),
    ...((variant.pkce ?? !variant.by_value) && {
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }),
    ...(variant.jarm && { response_mode: 'jwt' }),
    ...params,
  };
  return { request: given(request), verifier };
}

/** Pushes that request. `dpop` only where said so: RFC 9449 10.1 binds the code, which is no must. */
export function push(plan: FapiPlan, client: FapiClient, { request }: Request, sent: Sent = {}): Promise<Answer> {
  const fields = plan.variant.signed
    ? { client_id: client.client_id, request: requestObject(plan.op.issuer, client, request, sent.object) }
    : request;
  const isBound = Boolean(sent.dpop);
  return call(plan, client, '/request', { ...fields, ...sent.params }, isBound, sent);
}

/** The address to go to with what was pushed. */
export const pushedUrl = ({ op }: FapiPlan, client_id: string, request_uri: string, more: Fields = {}) =>
  withQuery(op.metadata.authorization_endpoint, { client_id, request_uri, ...more });

/** Where a signed request is not pushed. */
export const byValueUrl = (
  { op }: FapiPlan,
  client: FapiClient,
  { request }: Request,
  over: Over = {},
  more: Fields = {},
) => {
  const { client_id, response_type = 'code', scope = 'openid' } = request;
  const object = requestObject(op.issuer, client, request, over);
  return withQuery(op.metadata.authorization_endpoint, {
    client_id: client_id!,
    response_type,
    scope,
    request: object,
    ...more,
  });
};

export async function pushed(plan: FapiPlan, client: FapiClient, request: Request, sent: Sent = {}): Promise<string> {
  const { status, body } = await push(plan, client, request, sent);
  expect({ status, body }).toEqual({
    status: 201,
    body: { expires_in: expect.any(Number), request_uri: expect.stringMatching(/^urn:.{32,}$/) },
  });
  return body.request_uri;
}

const withQuery = (address: string, params: Fields) => `${address}?${new URLSearchParams(params)}`;
