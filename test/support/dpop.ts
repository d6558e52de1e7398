import { createHash, type KeyObject } from 'node:crypto';
import { ecKeys, es256, forge, publicJwk } from './forge.ts';

type Keys = { publicKey: KeyObject; privateKey: KeyObject };
export type ProofOptions = { claims?: object; header?: object; key?: KeyObject };

let count = 0;

/** DPoP proofs (RFC 9449 4.2) by one key, in order save for what is said otherwise. */
export function prover(keys: Keys = ecKeys()) {
  return (claims: object, { header = {}, key = keys.privateKey }: ProofOptions = {}): string => {
    const standard = { jti: `proof-${count++}`, iat: Math.floor(Date.now() / 1000) };
    return forge(
      { alg: 'ES256', typ: 'dpop+jwt', jwk: publicJwk(keys.publicKey), ...header },
      { ...standard, ...claims },
      es256(key),
    );
  };
}

/** For a request to the token endpoint. */
export const toToken = (issuer: string) => ({ htm: 'POST', htu: `${issuer}/token` });

/** For a request to userinfo. */
export const toMe = (issuer: string, token: string) => ({
  htm: 'GET',
  htu: `${issuer}/me`,
  ath: createHash('sha256').update(token).digest('base64url'),
});

type Bad = [name: string, claims: (issuer: string) => object, options?: ProofOptions];

/** T035: everything that can be wrong with a proof for a request, over claims and a key that would do. */
export function badProofs(htm: 'GET' | 'POST', path: string, keys: Keys): Bad[] {
  const seconds = () => Math.floor(Date.now() / 1000);
  const stranger = ecKeys();
  const same = () => ({});
  return [
    ['for another method', () => ({ htm: htm === 'POST' ? 'GET' : 'POST' })],
    ['for another address', (issuer) => ({ htu: `${issuer}${path}/other` })],
    ["for another tenant's address", (issuer) => ({ htu: `${issuer}x${path}` })],
    ['old', () => ({ iat: seconds() - 600 })],
    ['of the future', () => ({ iat: seconds() + 600 })],
    ['without jti', () => ({ jti: undefined })],
    ['with a nonce of nobody', () => ({ nonce: 'nobody' })],
    ['of another type', same, { header: { typ: 'JWT' } }],
    ['with a critical header', same, { header: { crit: ['x'], x: 1 } }],
    ['by a key that it does not name', same, { key: stranger.privateKey }],
    ['that shows its private key', same, { header: { jwk: publicJwk(keys.privateKey) } }],
  ];
}
