import { createECDH, createHash, createPrivateKey } from 'node:crypto';

/** What both servers hold, so that the same requests mean the same work. */

/** The key of `KEYED`: the same in every process of a benchmark. */
export const keyed = keyOf('a client of a benchmark');

export const RESOURCE = 'https://api.example.com';
export const REDIRECT_URI = 'https://app.example.com/cb';
/** One user for each of the load generator's workers: nobody waits for another's session. */
export const CONCURRENCY = 16;

export const WEB = {
  client_id: 'web',
  client_secret: 'bench-web-0123456789abcdef0123456789abcdef',
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** What Gatehouse alone can: tokens of its users for another API. */
export const EXCHANGING = {
  grant_types: [...WEB.grant_types, EXCHANGE],
  token_exchange: { resources: [{ resource: RESOURCE, scopes: { read: 'openid' } }] },
};

/** One whose users are asked for consent, once. */
export const ASKING = {
  ...WEB,
  client_id: 'asking',
  client_secret: 'bench-asking-0123456789abcdef0123456789ab',
};

export const SERVICE = {
  client_id: 'service',
  client_secret: 'bench-service-0123456789abcdef0123456789ab',
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials'],
};

/** What proves possession of a key: no shared secret. */
export const KEYED = {
  client_id: 'keyed',
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
  jwks: { keys: [{ ...keyed.export({ format: 'jwk' }), d: undefined, use: 'sig', alg: 'ES256' }] },
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials'],
};

/** Without a secret: its refresh tokens are bound to the key of its proofs (RFC 9449 5). */
export const APP = { ...WEB, client_id: 'app', client_secret: undefined, token_endpoint_auth_method: 'none' };

export const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
export const TV = {
  client_id: 'tv',
  token_endpoint_auth_method: 'none',
  redirect_uris: [],
  response_types: [],
  grant_types: [DEVICE],
};

export type User = { email: string; password: string; name: string };

export const users = (count: number): User[] =>
  Array.from({ length: count }, (_, i) => ({
    email: `user${i}@example.com`,
    password: `a long passphrase for user ${i}`,
    name: `User ${i}`,
  }));

export const USERS = users(CONCURRENCY);

function keyOf(seed: string) {
  const curve = createECDH('prime256v1');
  const d = createHash('sha256').update(seed).digest();
  curve.setPrivateKey(d);
  const point = curve.getPublicKey();
  const [x, y, secret] = [point.subarray(1, 33), point.subarray(33), d].map((part) => part.toString('base64url'));
  return createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x: x!, y: y!, d: secret! }, format: 'jwk' });
}
