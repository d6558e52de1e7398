import { generateKeyPairSync, type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto';
import { type Certified, certified } from '../../support/certificate.ts';
import { type ProofOptions, prover } from '../../support/dpop.ts';
import { ecKeys, forge, publicJwk, type Sign } from '../../support/forge.ts';
import type { SuiteClient } from '../suite/op.ts';

/** A key of the suite's configuration, and how it signs. */
export type SigningKey = { kid: string; alg: 'PS256' | 'ES256'; privateKey: KeyObject; publicKey: KeyObject };

export type FapiClient = {
  client_id: string;
  redirect_uri: string;
  key: SigningKey;
  /** The certificate it comes with. */
  certificate: Certified;
  /** Proofs of possession by its DPoP key. */
  prove: (claims: object, options?: ProofOptions) => string;
  /** RFC 7638, of that key. */
  jkt: string;
  metadata: SuiteClient & Record<string, unknown>;
};

/** JWTs by that key; `alg` over its own. */
export const signWith =
  ({ privateKey, alg }: SigningKey, as: string = alg): Sign =>
  (input) =>
    sign('sha256', Buffer.from(input), {
      key: privateKey,
      ...(as === 'ES256' && { dsaEncoding: 'ieee-p1363' }),
      ...(as === 'PS256' && { padding: 6, saltLength: 32 }),
    });

/** Keys for a client of the document, whose own nobody has: the first with RSA, so that RS256 can be tried. */
export function keysFor({ client_id }: SuiteClient): Pick<FapiClient, 'key' | 'certificate'> {
  const certificate = certified({ subject: [['CN', client_id]] });
  const isSecond = client_id.endsWith('-second');
  const pair = isSecond ? ecKeys() : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { certificate, key: { kid: client_id, alg: isSecond ? 'ES256' : 'PS256', ...pair } };
}

/** The key set that the document wants in the place of its own. */
export function jwksOf({ key, certificate }: Pick<FapiClient, 'key' | 'certificate'>): { keys: object[] } {
  const x5c = [new X509Certificate(certificate.cert).raw.toString('base64')];
  return {
    keys: [
      { ...publicJwk(key.publicKey), kid: key.kid, alg: key.alg, use: 'sig' },
      { ...publicJwk(certificate.publicKey), kid: `${key.kid}-certificate`, x5c },
    ],
  };
}

export function fapiClient(
  metadata: FapiClient['metadata'],
  keys: Pick<FapiClient, 'key' | 'certificate'>,
): Omit<FapiClient, 'jkt'> & { dpopKeys: ReturnType<typeof ecKeys> } {
  const dpopKeys = ecKeys();
  return {
    client_id: metadata.client_id,
    redirect_uri: metadata.redirect_uris[0]!,
    metadata,
    ...keys,
    prove: prover(dpopKeys),
    dpopKeys,
  };
}

export const seconds = () => Math.floor(Date.now() / 1000);

export type Over = { claims?: object; header?: object; key?: SigningKey; alg?: string };

/** A client assertion (RFC 7523 3), in order save for what is said otherwise. */
export function assertion(issuer: string, { client_id, key }: FapiClient, over: Over = {}): string {
  const { alg, kid } = { ...key, ...over.key, ...(over.alg && { alg: over.alg }) };
  const claims = {
    iss: client_id,
    sub: client_id,
    aud: issuer,
    jti: randomUUID(),
    iat: seconds(),
    exp: seconds() + 60,
  };
  return forge({ alg, kid, ...over.header }, { ...claims, ...over.claims }, signWith(over.key ?? key, alg));
}

/** A signed request (RFC 9101). */
export function requestObject(
  issuer: string,
  { client_id, key }: FapiClient,
  request: object,
  over: Over = {},
): string {
  const { alg, kid } = { ...key, ...over.key, ...(over.alg && { alg: over.alg }) };
  const claims = { ...request, iss: client_id, aud: issuer, nbf: seconds(), exp: seconds() + 300, jti: randomUUID() };
  const header = { alg, kid, typ: 'oauth-authz-req+jwt', ...over.header };
  return forge(
    header,
    { ...claims, ...over.claims },
    alg === 'none' ? () => Buffer.alloc(0) : signWith(over.key ?? key, alg),
  );
}
