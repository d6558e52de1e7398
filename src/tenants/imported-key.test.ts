import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { isError } from '../core/errors.ts';
import { importedKey } from './imported-key.ts';
import type { KeyAlg } from './settings/signing.ts';

const pairOf = (type: string, options: object = {}) =>
  generateKeyPairSync(type as 'ec', options as never) as unknown as { privateKey: KeyObject; publicKey: KeyObject };
const rsa = (modulusLength = 2048, more: object = {}) => pairOf('rsa', { modulusLength, ...more }).privateKey;
const ec = (namedCurve = 'P-256') => pairOf('ec', { namedCurve }).privateKey;
const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' }) as JWK;
const pemOf = (key: KeyObject, type: 'pkcs8' | 'sec1' | 'pkcs1' = 'pkcs8', more: object = {}) =>
  key.export({ format: 'pem', type, ...more } as never) as unknown as string;
const text = (jwk: object) => JSON.stringify(jwk);

const ALGS: KeyAlg[] = ['RS256', 'ES256', 'ES384', 'Ed25519', 'ECDH-ES'];
const take = (given: string, options: object = {}, algorithms = ALGS) => importedKey(given, algorithms, options);
const [one, other] = [ec(), ec()];

describe('taken', () => {
  test.each<[string, KeyObject, string]>([
    ['RSA', rsa(), 'RS256'],
    ['P-384', ec('P-384'), 'ES384'],
    ['Ed25519', pairOf('ed25519').privateKey, 'Ed25519'],
  ])('%s, as a JWK and in PEM, for the one algorithm that it goes with', async (_name, key, alg) => {
    const algorithms = ALGS.filter((each) => each !== 'ECDH-ES');
    const [fromJwk, fromPem] = [await take(text(jwkOf(key)), {}, algorithms), await take(pemOf(key), {}, algorithms)];
    expect(fromJwk).toEqual(fromPem);
    const kid = await calculateJwkThumbprint(jwkOf(key));
    expect(fromJwk).toMatchObject({ kid, alg, jwk: { ...jwkOf(key), kid, alg, use: 'sig' } });
  });

  test('by what it says of itself, or what its owner says', async () => {
    const said = text({
      ...jwkOf(one),
      kid: 'mine',
      alg: 'ES256',
      use: 'sig',
      key_ops: ['sign', 'verify'],
      x5c: ['x'],
    });
    const { jwk } = await take(said);
    expect(jwk).toEqual({ ...jwkOf(one), kid: 'mine', alg: 'ES256', use: 'sig' });
    expect(await take(said, { kid: 'yours' })).toMatchObject({ kid: 'yours' });
    expect((await take(pemOf(one), { alg: 'ECDH-ES' })).jwk).toMatchObject({ alg: 'ECDH-ES', use: 'enc' });
  });
});

describe('refused', () => {
  const { d: _, ...publicJwk } = jwkOf(one);
  test.each<[string, string, object, RegExp]>([
    ['nothing', '', {}, /neither/],
    ['a text', 'secret-of-mine', {}, /neither/],
    ['a list', '[]', {}, /neither/],
    ['a JWKS', text({ keys: [jwkOf(one)] }), {}, /no d/],
    ['a public JWK', text(publicJwk), {}, /no d/],
    ['a shared secret', text({ kty: 'oct', k: 'c2VjcmV0', d: 'x' }), {}, /cannot be read/],
    ['a broken JWK', text({ ...jwkOf(one), x: 'AAAA' }), {}, /cannot be read|public part/],
    [
      'the public part of another key',
      text({ ...jwkOf(one), x: jwkOf(other).x, y: jwkOf(other).y }),
      { alg: 'ES256' },
      /cannot be read|public part/,
    ],
    ['broken PEM', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', {}, /cannot be read/],
    ['PKCS#1', pemOf(rsa(), 'pkcs1'), {}, /not in PKCS#8/],
    ['SEC1', pemOf(one, 'sec1'), {}, /not in PKCS#8/],
    ['an encrypted one', pemOf(one, 'pkcs8', { cipher: 'aes-256-cbc', passphrase: 'x' }), {}, /is encrypted/],
    ['a small RSA key', pemOf(rsa(1024)), {}, /2048 to 8192 bits, not 1024/],
    ['RSA with a small exponent', pemOf(rsa(2048, { publicExponent: 3 })), {}, /exponent 65537/],
    ['RSA-PSS, bound to one padding', pemOf(pairOf('rsa-pss', { modulusLength: 2048 }).privateKey), {}, /goes with no/],
    ['a curve that nobody uses', pemOf(ec('secp256k1')), {}, /goes with no/],
    ['X25519', pemOf(pairOf('x25519').privateKey), {}, /goes with no/],
    ['another curve than that of the algorithm', pemOf(one), { alg: 'ES384' }, /P-384/],
    ['another kind', pemOf(one), { alg: 'RS256' }, /not an RSA key/],
    ['an algorithm that the tenant has not', pemOf(one), { alg: 'ES512' }, /does not use/],
    ['an algorithm that nobody knows', text({ ...jwkOf(one), alg: 'none' }), {}, /does not use/],
    ['one for two algorithms', pemOf(one), {}, /ES256 or ECDH-ES/],
    ['one for another use', text({ ...jwkOf(one), use: 'enc' }), { alg: 'ES256' }, /use is another/],
    ['one for verification', text({ ...jwkOf(one), key_ops: ['verify'] }), { alg: 'ES256' }, /key_ops/],
    ['a kid with spaces', pemOf(one), { alg: 'ES256', kid: 'a b' }, /kid/],
    ['a kid that is a number', text({ ...jwkOf(one), kid: 7 }), { alg: 'ES256' }, /kid/],
  ])('%s', async (_name, given, options, words) => {
    const error = await take(given, options).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(isError(error, 'invalid_input')).toBe(true);
    expect(error?.message).toMatch(words);
    // Nothing of the key is in what is said of it.
    for (const part of given.match(/[\w+/-]{12,}/g) ?? [])
      expect(`${error?.message} ${error?.cause ?? ''}`).not.toContain(part);
  });
});

describe('at a tenant', () => {
  let at: TestTenants;
  beforeAll(async () => {
    at = await twoTenants();
  });
  afterAll(() => at.store.close());

  test('it is sealed, told as an event without itself, and there once', async () => {
    const key = text({ ...jwkOf(one), kid: 'mine' });
    await at.tenants.importKey('a', key);
    const { keys } = (await at.resolver.byId('a'))!;
    expect(keys.map(({ kid, state }) => [kid, state])).toEqual([
      [expect.any(String), 'current'],
      ['mine', 'next'],
    ]);
    const stored = JSON.stringify(await at.tenants.get('a'));
    expect(stored).not.toContain(jwkOf(one).d);
    const { items } = await at.audit.find('a', { limit: 10 });
    const event = items.find(({ type }) => type === 'key.imported');
    expect(event).toMatchObject({ details: { kids: ['mine'], alg: 'ES256', activeFrom: expect.any(Number) } });
    expect(JSON.stringify(items)).not.toContain(jwkOf(one).d);

    const before = await at.tenants.get('a');
    await expect(at.tenants.importKey('a', key)).rejects.toThrow(/kid of another key/);
    await expect(at.tenants.importKey('a', key, { kid: 'again' })).rejects.toThrow(/there already, as mine/);
    await expect(at.tenants.importKey('a', text({ ...jwkOf(other), kid: 'mine' }))).rejects.toThrow(/kid of another/);
    await expect(at.tenants.importKey('nobody', key)).rejects.toThrow(/nobody/);
    expect(await at.tenants.get('a')).toEqual(before);
  });

  test('another tenant may have a key by that name', async () => {
    await at.tenants.importKey('b', text({ ...jwkOf(other), kid: 'mine' }), { now: true });
    expect((await at.resolver.byId('b'))!.keys[0]).toMatchObject({ kid: 'mine', state: 'current' });
  });
});
