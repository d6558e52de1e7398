import { createHmac, generateKeyPairSync, type KeyObject, sign as signature } from 'node:crypto';

/** JWTs as an attacker makes them: any header, any claims, any signature. */

export type Sign = (input: string) => Buffer;

export const unsigned: Sign = () => Buffer.alloc(0);
export const es256 =
  (key: KeyObject): Sign =>
  (input) =>
    signature('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
const rs256 =
  (key: KeyObject): Sign =>
  (input) =>
    signature('sha256', Buffer.from(input), key);
export const hs256 =
  (secret: string | Buffer): Sign =>
  (input) =>
    createHmac('sha256', secret).update(input).digest();

export function forge(header: object, claims: object, sign: Sign = unsigned): string {
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${input}.${sign(input).toString('base64url')}`;
}

export const ecKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const publicJwk = (key: KeyObject) => key.export({ format: 'jwk' }) as Record<string, string>;

export const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString());
export const headerOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[0]!, 'base64url').toString());

/**
 * The claims under every signature that must not hold where `trusted` is the key that does (RFC 8725 2.1, 3.1).
 * `kid` and `alg` are those of the trusted key.
 */
export function forgeries(
  claims: object,
  trusted: { jwk: Record<string, string>; pem: string; kid: string; alg: string },
) {
  const { kid, alg } = trusted;
  const stranger = ecKeys();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const header = { alg, kid, typ: 'JWT' };
  const own = alg === 'RS256' ? rs256(rsa.privateKey) : es256(stranger.privateKey);
  const ownJwk = publicJwk(alg === 'RS256' ? rsa.publicKey : stranger.publicKey);
  return {
    'alg none': forge({ ...header, alg: 'none' }, claims),
    'alg nOnE': forge({ ...header, alg: 'nOnE' }, claims),
    'no alg': forge({ kid }, claims),
    'no signature': forge(header, claims),
    'public key as HMAC secret (PEM)': forge({ ...header, alg: 'HS256' }, claims, hs256(trusted.pem)),
    'public key as HMAC secret (JWK)': forge({ ...header, alg: 'HS256' }, claims, hs256(JSON.stringify(trusted.jwk))),
    'empty HMAC secret': forge({ ...header, alg: 'HS256' }, claims, hs256('')),
    'foreign key': forge(header, claims, own),
    'foreign key without kid': forge({ alg }, claims, own),
    'foreign key in jwk': forge({ ...header, jwk: ownJwk }, claims, own),
    'foreign key at jku': forge({ ...header, kid: 'x', jku: 'https://evil.example/jwks' }, claims, own),
    'foreign key of another family': forge(
      { ...header, alg: alg === 'RS256' ? 'ES256' : 'RS256' },
      claims,
      alg === 'RS256' ? es256(stranger.privateKey) : rs256(rsa.privateKey),
    ),
    'zero signature': forge(header, claims, () => Buffer.alloc(64)),
  };
}
