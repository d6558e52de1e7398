import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { type Answer, type Client, createClient } from './client.ts';

type Metadata = Record<
  | 'issuer'
  | 'authorization_endpoint'
  | 'pushed_authorization_request_endpoint'
  | 'device_authorization_endpoint'
  | 'token_endpoint'
  | 'introspection_endpoint'
  | 'userinfo_endpoint'
  | 'jwks_uri',
  string
> & { grant_types_supported: string[] };

/** One server under load, as a relying party knows it. */
export type Target = {
  issuer: string;
  endpoints: Metadata;
  request: Client;
  /** The claims of a JWT whose signature and issuer are this server's; throws else. */
  verify(jwt: string): Record<string, unknown>;
  close(): Promise<void>;
};

export async function openTarget(issuer: string): Promise<Target> {
  const { request, close } = createClient(new URL(issuer).origin);
  const endpoints = json<Metadata>(await request(`${issuer}/.well-known/openid-configuration`));
  const jwks = json<{ keys: (JsonWebKey & { kid: string })[] }>(await request(endpoints.jwks_uri));
  const keys = new Map(jwks.keys.map((key) => [key.kid, createPublicKey({ key, format: 'jwk' })]));
  return { issuer, endpoints, request, close, verify: (jwt) => verified(jwt, keys, issuer) };
}

function verified(jwt: string, keys: Map<string, KeyObject>, issuer: string): Record<string, unknown> {
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const { kid, alg } = decode(head);
  const key = keys.get(String(kid)) ?? fail(`signed with the unknown key ${kid}`);
  const encoding = alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : key;
  if (!verify('sha256', Buffer.from(`${head}.${body}`), encoding, Buffer.from(signature, 'base64url'))) {
    fail('a bad signature');
  }
  const claims = decode(body);
  if (claims.iss !== issuer) fail(`the JWT's iss is ${claims.iss}`);
  return claims;
}

const decode = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString());

/** The body of a 200, else an error with what came instead. */
export function json<T>(answer: Answer): T {
  if (answer.status !== 200) fail(`${answer.status}: ${answer.body.slice(0, 500)}`);
  return JSON.parse(answer.body) as T;
}

export function fail(why: string): never {
  throw new Error(`not verified: ${why}`);
}
