import { randomBytes } from 'node:crypto';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { ecKeys, es256, forge, publicJwk } from './forge.ts';
import { openAccount } from './portal-stage.ts';
import { type Answer, type Fields, rawClient } from './raw-client.ts';
import { webClient } from './relying-party.ts';
import { type Page, to, type UserAgent } from './user-agent.ts';

export const CIBA_GRANT = 'urn:openid:params:grant-type:ciba';

/** A call centre: it asks its callers to sign in. */
export const cibaClient = (clientId: string, extra: Record<string, unknown> = {}) =>
  webClient(clientId, {
    client_name: 'Paper Boat Support',
    redirect_uris: [],
    post_logout_redirect_uris: [],
    response_types: [],
    grant_types: [CIBA_GRANT, 'refresh_token'],
    backchannel_token_delivery_mode: 'poll',
    ...extra,
  });

/** The client's half, by hand. */
export function backchannel({ issuer }: Pick<Tenant, 'issuer'>, clientId = 'support', headers?: Fields) {
  const raw = rawClient(issuer, clientId, headers ? { headers } : {});
  return {
    ...raw,
    ask: (fields: Fields = {}): Promise<Answer> =>
      raw.post('/backchannel', { scope: 'openid email', login_hint: 'ada@example.com', ...fields }),
    poll: (auth_req_id: string, fields: Fields = {}): Promise<Answer> =>
      raw.token({ grant_type: CIBA_GRANT, auth_req_id, ...fields }),
  };
}

/** The user's half by plain HTTP: answers what waits on the page; `page` is that page. */
export async function answerOn(
  agent: UserAgent,
  page: Page,
  decision: 'approve' | 'deny',
  pick: (form: { fields: Record<string, string> }) => boolean = () => true,
): Promise<Page> {
  return agent.submit(page, { decision }, (form) => to('answer')(form) && pick(form as never));
}

/** Signs in where needed, and answers the one request. */
export async function answerRequest(
  tenant: Pick<Tenant, 'issuer'>,
  decision: 'approve' | 'deny',
  options: { agent?: UserAgent; identifier?: string } = {},
): Promise<Page> {
  const { agent, page } = await openAccount(tenant, '/requests', options);
  return answerOn(agent, page, decision);
}

/** A client with a key of its own, and what it signs. */
export function signingClient(
  clientId: string,
  { issuer }: Pick<Tenant, 'issuer'>,
  extra: Record<string, unknown> = {},
) {
  const { privateKey, publicKey } = ecKeys();
  const sign = (claims: object, typ?: string) =>
    forge({ alg: 'ES256', kid: 'k', ...(typ && { typ }) }, claims, es256(privateKey));
  const now = () => Math.floor(Date.now() / 1000);
  const jti = () => randomBytes(12).toString('hex');
  const { client_secret: _, ...metadata } = cibaClient(clientId, {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...publicJwk(publicKey), kid: 'k', alg: 'ES256', use: 'sig' }] },
    ...extra,
  });
  const own = { iss: clientId, aud: issuer };
  return {
    metadata,
    privateKey,
    /** Fields of client authentication. */
    authenticate: (): Fields => ({
      client_id: clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: sign({ ...own, sub: clientId, jti: jti(), iat: now(), exp: now() + 60 }),
    }),
    request: (claims: object = {}) =>
      sign({ ...own, jti: jti(), iat: now(), nbf: now(), exp: now() + 60, scope: 'openid', ...claims }),
    hint: (claims: object, typ?: string) => sign({ ...own, exp: now() + 60, ...claims }, typ),
  };
}
