import { createHash, randomUUID } from 'node:crypto';
import { type Answer, type Fields, rawClient } from '../../support/raw-client.ts';
import { assertion, type FapiClient, type Over } from './client.ts';
import type { FapiPlan, Params, Sent } from './plan.ts';

export const given = (params: Params): Fields =>
  Object.fromEntries(Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** A request to an endpoint of clients, with all that this variant wants of it. `bound`: where the key is to be shown. */
export function call(
  plan: FapiPlan,
  client: FapiClient,
  path: string,
  fields: Params,
  bound: boolean,
  sent: Sent = {},
): Promise<Answer> {
  const { op, variant } = plan;
  const authenticates = variant.client_auth_type === 'mtls';
  const isByCertificate = authenticates || (bound && variant.sender_constrain === 'mtls');
  const shown = sent.certificate === undefined ? client : sent.certificate;
  const send = isByCertificate ? op.by(shown ? shown.certificate : undefined) : fetch;
  const base = isByCertificate ? baseOf(op.metadata.mtls_endpoint_aliases.token_endpoint) : op.issuer;
  const proof =
    bound && variant.sender_constrain === 'dpop' && sent.dpop !== false
      ? (sent.dpop?.by ?? client).prove({ htm: 'POST', htu: op.issuer + path, ...sent.dpop?.claims })
      : undefined;
  const isProven = sent.assertion !== false && !authenticates;
  // Where FAPI 1.0 is the base, the suite names the address that it calls.
  const over: Over = sent.assertion || {};
  const claims = { ...(isByCertificate && { aud: base + path }), ...over.claims };
  const body = {
    ...(isProven && {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion(op.issuer, client, { ...over, claims }),
    }),
    ...fields,
  };
  const headers = { ...(proof && { dpop: proof }), ...sent.headers };
  return rawClient(base, client.client_id, { send, headers }).post(path, given(body), headers);
}

const baseOf = (tokenEndpoint: string) => tokenEndpoint.replace(/\/token$/, '');

export const refresh = (plan: FapiPlan, client: FapiClient, refresh_token: string, sent: Sent = {}): Promise<Answer> =>
  call(plan, client, '/token', { grant_type: 'refresh_token', refresh_token, client_id: client.client_id }, true, sent);

/** FAPI 1.0 Baseline 6.2.1: resources give it back. */
export const INTERACTION = randomUUID();

/** The resource of the suite's configuration, which is userinfo. */
export function resource(
  { op, variant }: FapiPlan,
  client: FapiClient,
  token: string,
  over: {
    scheme?: string;
    claims?: object;
    proof?: string | false;
    by?: FapiClient;
    header?: object;
    headers?: Fields;
  } = {},
): Promise<Answer> {
  const isDpop = variant.sender_constrain === 'dpop';
  const by = over.by ?? client;
  const ath = createHash('sha256').update(token).digest('base64url');
  const proof =
    over.proof ?? by.prove({ htm: 'GET', htu: `${op.issuer}/me`, ath, ...over.claims }, { header: over.header ?? {} });
  const headers = {
    'x-fapi-interaction-id': INTERACTION,
    ...over.headers,
    authorization: `${over.scheme ?? (isDpop ? 'DPoP' : 'Bearer')} ${token}`,
    ...(isDpop && proof !== false && { dpop: proof }),
  };
  if (isDpop) return rawClient(op.issuer, client.client_id).get('/me', headers);
  const send = op.by(over.proof === false ? undefined : by.certificate);
  const base = baseOf(op.metadata.mtls_endpoint_aliases.token_endpoint);
  return rawClient(base, client.client_id, { send }).get('/me', headers);
}
