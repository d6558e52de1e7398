import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import type { Answer } from '../../support/raw-client.ts';
import { call } from '../fapi/call.ts';
import { type FapiClient, type Over, requestObject, seconds } from '../fapi/client.ts';
import type { Params, Sent } from '../fapi/plan.ts';
import type { CibaPlan } from './plan.ts';

/** What a request says, before it is signed. */
export const requestOf = ({ op, variant }: CibaPlan, params: object = {}) => ({
  scope: 'openid offline_access',
  login_hint: op.user.email,
  binding_message: '1234',
  ...(variant.ciba_mode === 'ping' && { client_notification_token: randomBytes(32).toString('base64url') }),
  ...params,
});

/** The signed request (CIBA Core 7.1.1); the suite names its media type for the second client only. */
export function signed({ op, second }: CibaPlan, client: FapiClient, request: object, over: Over = {}): string {
  const header = { ...(client !== second && { typ: undefined }), ...over.header };
  return requestObject(op.issuer, client, request, { ...over, header, claims: { iat: seconds(), ...over.claims } });
}

/** To the backchannel authentication endpoint, as this client may, or must not. */
export function post(plan: CibaPlan, client: FapiClient, fields: Params, sent: Sent = {}): Promise<Answer> {
  const { op, variant } = plan;
  const aud = op.metadata.backchannel_authentication_endpoint;
  const assertion = sent.assertion === false ? sent.assertion : named(aud, sent.assertion);
  const client_id = variant.client_auth_type === 'mtls' ? client.client_id : undefined;
  return call(plan, client, '/backchannel', { client_id, ...fields, ...sent.params }, false, { ...sent, assertion });
}

const named = (aud: string, over: Over = {}): Over => ({ ...over, claims: { aud, ...over.claims } });

/** A signed request. */
export const ask = (plan: CibaPlan, client: FapiClient, params: object = {}, sent: Sent = {}): Promise<Answer> =>
  post(plan, client, { request: signed(plan, client, requestOf(plan, params), sent.object) }, sent);

export type Begun = { client: FapiClient; auth_req_id: string; expires_in: number; token: string | undefined };

/** A signed request that is taken. */
export async function begin(plan: CibaPlan, client: FapiClient, params: object = {}, sent: Sent = {}): Promise<Begun> {
  const request = requestOf(plan, params);
  const { status, headers, body } = await post(
    plan,
    client,
    { request: signed(plan, client, request, sent.object) },
    sent,
  );
  expect({ status, body }).toEqual({
    status: 200,
    // CIBA Core 7.3: of these characters, and 160 bits.
    body: { auth_req_id: expect.stringMatching(/^[\w.-]{27,}$/), expires_in: expect.any(Number), interval: 5 },
  });
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  return { client, ...body, token: request.client_notification_token };
}

/** To the token endpoint, with what came of the request. */
export const poll = (
  plan: CibaPlan,
  { client, auth_req_id }: Pick<Begun, 'client' | 'auth_req_id'>,
  sent: Sent = {},
): Promise<Answer> =>
  call(
    plan,
    client,
    '/token',
    {
      grant_type: 'urn:openid:params:grant-type:ciba',
      auth_req_id,
      client_id: plan.variant.client_auth_type === 'mtls' ? client.client_id : undefined,
      ...sent.params,
    },
    true,
    sent,
  );
