import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose';
import type { Tenant } from '../../src/tenants/tenant.ts';
import type { TestGatehouse } from './gatehouse.ts';
import { type Answer, rawClient } from './raw-client.ts';
import { call } from './registration.ts';
import { webClient } from './relying-party.ts';

/** Receivers of security events, by hand: they send what a test wants sent. */

export const PUSH = 'urn:ietf:rfc:8935';
export const POLL = 'urn:ietf:rfc:8936';
export const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';
export const RISC = 'https://schemas.openid.net/secevent/risc/event-type';
export const SSF = 'https://schemas.openid.net/secevent/ssf/event-type';

/** The tenant with its switch on. */
export async function transmitting(
  { services: { tenants, resolver } }: Pick<TestGatehouse, 'services'>,
  id: string,
  more: object = {},
): Promise<Tenant> {
  const { settings } = (await tenants.get(id))!;
  const protocol = { ...settings.protocol, shared_signals: { enabled: true, ...more } };
  await tenants.change(id, { settings: { ...settings, protocol } });
  resolver.drop(id);
  return (await resolver.byId(id))!;
}

/** A client whose metadata let it have a stream. */
export const receiverClient = (clientId: string, extra: Record<string, unknown> = {}) =>
  webClient(clientId, {
    skip_consent: true,
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    scope: 'openid email profile offline_access ssf.manage ssf.read',
    ...extra,
  });

export type Set = JWTPayload & { sub_id: Record<string, unknown>; events: Record<string, Record<string, unknown>> };

/** As a receiver has to check one (RFC 8417, SSF 1.0 4.1). */
export async function readSet(issuer: string, clientId: string, token: string, send = fetch): Promise<Set> {
  const jwks = (await (await send(`${issuer}/jwks`)).json()) as { keys: [] };
  const { payload } = await jwtVerify(token, createLocalJWKSet(jwks), {
    issuer,
    audience: clientId,
    typ: 'secevent+jwt',
    requiredClaims: ['iat', 'jti', 'txn', 'sub_id', 'events'],
  });
  if ('sub' in payload || 'exp' in payload) throw new Error('a SET must have neither sub nor exp');
  return payload as Set;
}

/** What happened, in short: the last part of the event type, and its claims. */
export function eventOf({ events }: Set): [string, Record<string, unknown>] {
  const [[type, claims], ...more] = Object.entries(events) as [[string, Record<string, unknown>]];
  if (more.length > 0) throw new Error('more than one event');
  return [type.split('/').at(-1)!, claims];
}

export async function signalsToken(issuer: string, clientId: string, scope = 'ssf.manage ssf.read', send = fetch) {
  const answer = await rawClient(issuer, clientId, { send }).token({ grant_type: 'client_credentials', scope });
  if (answer.status !== 200) throw new Error(`no token: ${JSON.stringify(answer.body)}`);
  return String(answer.body.access_token);
}

/** The API as one client sees it. */
export async function receiver(issuer: string, clientId: string) {
  const token = await signalsToken(issuer, clientId);
  const request = (method: string, path: string, body?: unknown): Promise<Answer> =>
    call(`${issuer}/ssf${path}`, method, token, body);
  const query = (id: string) => `?stream_id=${encodeURIComponent(id)}`;

  async function polled(streamId: string, body: object = {}) {
    const answer = await request('POST', `/poll/${streamId}`, { returnImmediately: true, ...body });
    if (answer.status !== 200) throw new Error(`poll: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as { sets: Record<string, string>; moreAvailable?: boolean };
  }

  return {
    token,
    request,
    create: (body: object = {}) => request('POST', '/stream', body),
    read: (id?: string) => request('GET', `/stream${id === undefined ? '' : query(id)}`),
    amend: (body: object) => request('PATCH', '/stream', body),
    replace: (body: object) => request('PUT', '/stream', body),
    remove: (id: string) => request('DELETE', `/stream${query(id)}`),
    status: (id: string) => request('GET', `/status${query(id)}`),
    setStatus: (stream_id: string, status: string, reason?: string) =>
      request('POST', '/status', { stream_id, status, ...(reason && { reason }) }),
    add: (stream_id: string, subject: object) => request('POST', '/subjects/add', { stream_id, subject }),
    drop: (stream_id: string, subject: object) => request('POST', '/subjects/remove', { stream_id, subject }),
    verify: (stream_id: string, state?: string) => request('POST', '/verify', { stream_id, ...(state && { state }) }),
    polled,
    /** What waits, checked, and acknowledged. */
    async take(streamId: string): Promise<Set[]> {
      const { sets } = await polled(streamId);
      const read = await Promise.all(Object.values(sets).map((set) => readSet(issuer, clientId, set)));
      await polled(streamId, { ack: Object.keys(sets), maxEvents: 0 });
      return read;
    },
  };
}

export type Receiver = Awaited<ReturnType<typeof receiver>>;
