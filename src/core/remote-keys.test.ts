import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWTHeaderParameters } from 'jose';
import { moveClock, restoreClock } from '../../test/support/clock.ts';
import { systemClock } from './clock.ts';
import { remoteKeys } from './remote-keys.ts';

const URI = 'https://issuer.example/jwks';
const { publicKey } = await generateKeyPair('ES256');
const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' };

let asked: string[];
let answer: () => Response;
const fetch = (async (uri: string) => {
  asked.push(String(uri));
  return answer();
}) as typeof globalThis.fetch;
const withKey = (kid: string) => () => Response.json({ keys: [{ ...jwk, kid }] });

const keyOf = (keys: ReturnType<typeof remoteKeys>, kid: string) =>
  keys({ alg: 'ES256', kid } as JWTHeaderParameters, { payload: '', signature: '' });

beforeEach(() => {
  asked = [];
  answer = withKey('one');
});
afterEach(restoreClock);

test('keys are asked for once, and anew for one that is not known: at most once a minute', async () => {
  const keys = remoteKeys(fetch, URI, systemClock);
  await Promise.all([keyOf(keys, 'one'), keyOf(keys, 'one')]);
  await expect(keyOf(keys, 'two')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  expect(asked).toEqual([URI]);
  moveClock(61);
  answer = withKey('two');
  await keyOf(keys, 'two');
  expect(asked).toHaveLength(2);
});

test('while they cannot be read nobody is asked for ten seconds', async () => {
  const keys = remoteKeys(fetch, URI, systemClock);
  answer = () => new Response('', { status: 503 });
  for (let i = 0; i < 3; i += 1)
    await expect(keyOf(keys, 'one')).rejects.toMatchObject({ code: 'unavailable', status: 503, retryAfter: 10 });
  expect(asked).toHaveLength(1);
  answer = withKey('one');
  moveClock(11);
  await keyOf(keys, 'one');
});

test('known keys are good while a search for others fails', async () => {
  const keys = remoteKeys(fetch, URI, systemClock);
  await keyOf(keys, 'one');
  moveClock(61);
  answer = () => new Response('not JSON');
  await expect(keyOf(keys, 'two')).rejects.toMatchObject({ code: 'unavailable' });
  await keyOf(keys, 'one');
  await expect(keyOf(keys, 'two')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  expect(asked).toHaveLength(2);
});
