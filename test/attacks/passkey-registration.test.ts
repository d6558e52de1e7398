import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BS, createAuthenticator, type Forgery, UP, UV } from '../support/authenticator.ts';
import { ADA, BOB, type PasskeyStage, setPasskeyStage } from '../support/passkeys.ts';

/** T104: responses to a registration that a browser would not give (WebAuthn L3 7.1). */

let at: PasskeyStage;
beforeAll(async () => {
  at = await setPasskeyStage();
});
afterAll(() => at.store.close());
beforeEach(async () => {
  for (const user of [ADA, BOB]) await at.passkeys.removeAll(at.a, user.id);
  await at.news();
});

const named = { binding: 'browser', name: 'Phone' };
const optionsFor = (user = ADA) => at.passkeys.registrationOptions(at.a, user, named);
const register = (response: string, more = {}, accountId = ADA.id) =>
  at.passkeys.register(at.a, accountId, response, { ...named, ...more });

async function isRefused(registered: ReturnType<typeof register>, reason = 'wrong'): Promise<void> {
  expect(await registered).toEqual({ ok: false, reason });
  expect(await at.news()).toEqual(['factor.refused']);
}
const hasNone = async () => expect(await at.passkeys.list(at.a, ADA.id)).toEqual([]);

describe('T104 refused, nothing stored, one event', () => {
  const certificate = Buffer.from('3000', 'hex');
  const forgeries: [string, Forgery][] = [
    ['the type of an assertion', { clientData: { type: 'webauthn.get' } }],
    ['no challenge', { clientData: { challenge: undefined } }],
    ['another origin', { clientData: { origin: 'http://evil.example' } }],
    ['the host at another port', { clientData: { origin: 'http://localhost:3001' } }],
    ['the origin with a path', { clientData: { origin: 'http://localhost:3000/t/a' } }],
    ['no origin', { clientData: { origin: null } }],
    ['a page framed by another', { clientData: { crossOrigin: true } }],
    [
      'a page framed by another, which is named',
      { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } },
    ],
    ['a top origin alone', { clientData: { topOrigin: 'http://localhost:3000' } }],
    ['another RP ID', { rpId: 'evil.example' }],
    ['nobody present', { flags: UV }],
    ['backed up, yet not eligible', { flags: UP | UV | BS }],
    ['an algorithm that was not offered', { alg: -35 }],
    ['an id of 1024 bytes', { id: Buffer.alloc(1024, 1) }],
    ['an empty id', { id: Buffer.of() }],
    ['another id than the attested', { credential: { id: 'AAAA', rawId: 'AAAA' } }],
    ['an id that differs from the raw id', { credential: { rawId: 'AAAA' } }],
    ['another type of credential', { credential: { type: 'password' } }],
    ['bytes after the CBOR', { attestation: (bytes) => Buffer.concat([bytes, Buffer.of(0)]) }],
    ['bytes after the authenticator data', { trailing: Buffer.of(0) }],
    ['CBOR cut off', { attestation: (bytes) => bytes.subarray(0, -1) }],
    ['CBOR that is no map', { attestation: () => Buffer.of(0x80) }],
    ['nested CBOR', { attestation: () => Buffer.alloc(10_000, 0x81) }],
    ['nothing for an attestation', { attestation: () => Buffer.of() }],
    ['no base64url', { response: { attestationObject: 'a+b/' } }],
    ['a statement where there is none', { statement: () => new Map([['x', 1]]) }],
    [
      'a self attestation by another key',
      {
        format: 'packed',
        statement: () =>
          new Map<string, number | Buffer>([
            ['alg', -7],
            ['sig', Buffer.alloc(70)],
          ]),
      },
    ],
    [
      'a certificate, whose revocation list we would have to fetch',
      {
        format: 'packed',
        statement: () =>
          new Map<string, number | Buffer | Buffer[]>([
            ['alg', -7],
            ['sig', certificate],
            ['x5c', [certificate]],
          ]),
      },
    ],
    ['an attestation that was not asked for', { format: 'fido-u2f' }],
    ['an unknown attestation', { format: 'telepathy' }],
    ['a response that is too long', { credential: { padding: 'x'.repeat(16_384) } }],
    ['no response at all', { credential: { response: undefined }, response: { clientDataJSON: undefined } }],
  ];

  test.each(forgeries)('%s', async (_, forgery) => {
    const options = await optionsFor();
    const authenticator = createAuthenticator();
    await isRefused(register(authenticator.create(options, forgery)));
    await hasNone();
  });

  test.each(['', 'null', '[]', '{"id":', '"\\ud800"', '{"__proto__":{"id":"AA"}}'])('the text %j', async (text) => {
    await isRefused(register(text));
    await hasNone();
  });

  test('no user verification where it is required', async () => {
    const settings = {
      ...at.a.settings,
      passkeys: { ...at.a.settings.passkeys, user_verification: 'required' as const },
    };
    const strict = { ...at.a, settings };
    const options = await at.passkeys.registrationOptions(strict, ADA, named);
    expect(options.authenticatorSelection?.userVerification).toBe('required');
    await isRefused(at.passkeys.register(strict, ADA.id, createAuthenticator({ flags: UP }).create(options), named));
    await hasNone();
  });

  test.each([
    ['another browser', { binding: 'another' }, ADA.id],
    ['another account', {}, BOB.id],
  ])('the challenge of %s', async (_, more, accountId) => {
    const response = createAuthenticator().create(await optionsFor());
    await isRefused(register(response, more, accountId), 'expired');
    expect(await register(response)).toMatchObject({ ok: true });
  });

  test('the challenge of another tenant of the same RP ID', async () => {
    const options = await at.passkeys.registrationOptions(at.b, ADA, named);
    await isRefused(register(createAuthenticator().create(options)), 'expired');
    await hasNone();
  });

  test('a challenge of his own', async () => {
    const challenge = Buffer.alloc(32).toString('base64url');
    await isRefused(register(createAuthenticator().create({ ...(await optionsFor()), challenge })), 'expired');
    await hasNone();
  });

  test('the challenge of a sign-in', async () => {
    const options = await optionsFor();
    const { challenge } = await at.passkeys.authenticationOptions(at.a, named);
    await isRefused(register(createAuthenticator().create({ ...options, challenge })), 'expired');
    await hasNone();
  });

  test('a challenge that was used, by a response that was refused too', async () => {
    const options = await optionsFor();
    const authenticator = createAuthenticator();
    await isRefused(register(authenticator.create(options, { rpId: 'evil.example' })));
    await isRefused(register(authenticator.create(options)), 'expired');
    await hasNone();
  });

  test('a challenge of more than five minutes ago', async () => {
    const response = createAuthenticator().create(await optionsFor());
    at.wait(301);
    await isRefused(register(response), 'expired');
    await hasNone();
  });

  test.each([
    ['his own', ADA],
    ['another account', BOB],
  ])('a credential that is known: %s', async (_, user) => {
    const id = Buffer.alloc(16, 7);
    await register(createAuthenticator().create(await optionsFor(), { id }));
    await at.news();
    await isRefused(register(createAuthenticator().create(await optionsFor(user), { id }), {}, user.id), 'known');
    expect(await at.passkeys.list(at.a, ADA.id)).toHaveLength(1);
    expect(await at.passkeys.list(at.a, BOB.id)).toEqual([]);
  });
});

test('of 20 uses of one challenge at once, one counts', async () => {
  const options = await optionsFor();
  const made = await Promise.all(Array.from({ length: 20 }, () => register(createAuthenticator().create(options))));
  expect(made.filter(({ ok }) => ok)).toHaveLength(1);
  expect(await at.passkeys.list(at.a, ADA.id)).toHaveLength(1);
  expect((await at.news()).sort()).toEqual(['factor.enrolled', ...Array(19).fill('factor.refused')]);
});

test('an id of 1023 bytes is stored and found', async () => {
  const authenticator = createAuthenticator();
  await register(authenticator.create(await optionsFor(), { id: Buffer.alloc(1023, 1) }));
  expect(await at.signIn(authenticator)).toMatchObject({ ok: true, accountId: ADA.id });
});

test('garbage in any place is refused or means a passkey, and is never a fault', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (place, change) => {
      const response = createAuthenticator().create(await optionsFor(), {
        attestation(bytes) {
          bytes[place % bytes.length]! ^= change;
          return bytes;
        },
      });
      const made = await register(response);
      expect(made).toMatchObject(made.ok ? { passkey: { name: named.name } } : { reason: 'wrong' });
      await at.passkeys.removeAll(at.a, ADA.id);
    }),
    { numRuns: 150 },
  );
});
