import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Authenticator,
  BE,
  BS,
  createAuthenticator,
  type Forgery,
  type Key,
  UP,
  UV,
} from '../support/authenticator.ts';
import { ADA, BOB, type PasskeyStage, setPasskeyStage } from '../support/passkeys.ts';

/** T105: assertions that prove nothing (WebAuthn L3 7.2). */

const uid = { binding: 'uid' };
let at: PasskeyStage;
let authenticator: Authenticator;
let adas: Key;
let bobs: Key;

beforeAll(async () => {
  at = await setPasskeyStage();
});
afterAll(() => at.store.close());
beforeEach(async () => {
  for (const user of [ADA, BOB]) await at.passkeys.removeAll(at.a, user.id);
  authenticator = createAuthenticator();
  bobs = await at.enrol(authenticator, BOB);
  adas = await at.enrol(authenticator);
  await at.news();
});

const options = (more = {}) => at.passkeys.authenticationOptions(at.a, { ...uid, ...more });
const authenticate = (response: string, more = {}) => at.passkeys.authenticate(at.a, response, { ...uid, ...more });

async function isRefused(
  attempt: ReturnType<typeof authenticate>,
  reason = 'wrong',
  event = 'factor.refused',
): Promise<void> {
  const before = await at.passkeys.list(at.a, ADA.id);
  expect(await attempt).toEqual({ ok: false, reason });
  expect(await at.news()).toEqual([event]);
  expect(await at.passkeys.list(at.a, ADA.id)).toEqual(before);
}

describe('T105 refused with one event', () => {
  const forgeries: [string, Forgery][] = [
    ['the type of a registration', { clientData: { type: 'webauthn.create' } }],
    ['another origin', { clientData: { origin: 'http://evil.example' } }],
    ['the host at another port', { clientData: { origin: 'http://localhost:3001' } }],
    ['a page framed by another', { clientData: { crossOrigin: true } }],
    [
      'a page framed by another, which is named',
      { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } },
    ],
    ['a top origin alone', { clientData: { topOrigin: 'http://localhost:3000' } }],
    ['another RP ID', { rpId: 'evil.example' }],
    ['nobody present', { flags: UV | BE | BS }],
    ['a backup eligibility that has changed', { flags: UP | UV }],
    ['backed up, yet not eligible', { flags: UP | UV | BS }],
    ['bytes after the authenticator data', { trailing: Buffer.of(0) }],
    [
      'a wrong signature',
      { signature: (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.at(-1)! ^ 1)]) },
    ],
    ['an empty signature', { signature: () => Buffer.of() }],
    ['a signature that is none', { signature: () => Buffer.alloc(64) }],
    ['no user handle', { userHandle: undefined }],
    ['an empty user handle', { userHandle: '' }],
    ['an id that differs from the raw id', { credential: { rawId: 'AAAA' } }],
    ['a response that is too long', { credential: { padding: 'x'.repeat(16_384) } }],
    ['authenticator data that are cut off', { response: { authenticatorData: 'AAAA' } }],
    ['fields of other types', { response: { signature: 1 } }],
  ];

  test.each(forgeries)('%s', async (_, forgery) => {
    await isRefused(at.signIn(authenticator, forgery));
  });

  test('a challenge of his own', async () => {
    const challenge = Buffer.alloc(32).toString('base64url');
    await isRefused(authenticate(authenticator.get({ ...(await options()), challenge })), 'expired');
  });

  test('an unknown credential', () =>
    isRefused(at.signIn(authenticator, { credential: { id: 'AAAA', rawId: 'AAAA' } }), 'unknown'));

  test.each(['', 'null', '[]', '{"id":'])('the text %j', async (text) => isRefused(authenticate(text)));

  test('the user handle of another', () => isRefused(at.signIn(authenticator, { userHandle: bobs.userHandle })));

  test('the key of another for the credential', async () => {
    const id = adas.id.toString('base64url');
    const forgery = { credential: { id, rawId: id }, userHandle: adas.userHandle };
    await isRefused(at.signIn(authenticator, forgery, bobs));
  });

  test("a passkey of another account, where one's own was asked for", async () => {
    const second = { accountId: ADA.id };
    const asked = await options(second);
    expect(asked.allowCredentials?.map(({ id }) => id)).toEqual([adas.id.toString('base64url')]);
    await isRefused(authenticate(authenticator.get(asked, {}, bobs), second));
    await isRefused(authenticate(authenticator.get(await options(second), { userHandle: bobs.userHandle }), second));
    const response = authenticator.get(await options(second), { userHandle: undefined });
    expect(await authenticate(response, second)).toMatchObject({ ok: true, accountId: ADA.id });
  });

  test('no user verification where it is required', async () => {
    const settings = {
      ...at.a.settings,
      passkeys: { ...at.a.settings.passkeys, user_verification: 'required' as const },
    };
    const strict = { ...at.a, settings };
    const asked = await at.passkeys.authenticationOptions(strict, uid);
    const response = authenticator.get(asked, { flags: UP | BE | BS });
    await isRefused(at.passkeys.authenticate(strict, response, uid));
  });

  test.each<[string, object, object]>([
    ['another browser', {}, { binding: 'another' }],
    ['a step-up, for a sign-in', { accountId: ADA.id }, {}],
    ['a sign-in, for a step-up', {}, { accountId: ADA.id }],
  ])('the challenge of %s', async (_, asked, answered) => {
    await isRefused(authenticate(authenticator.get(await options(asked)), answered), 'expired');
  });

  test('a response a second time', async () => {
    const response = authenticator.get(await options());
    expect(await authenticate(response)).toMatchObject({ ok: true });
    await isRefused(authenticate(response), 'expired');
  });

  test('a right response to a challenge that a refused one has used', async () => {
    const asked = await options();
    await isRefused(authenticate(authenticator.get(asked, { rpId: 'evil.example' })));
    await isRefused(authenticate(authenticator.get(asked)), 'expired');
  });

  test('a response after five minutes', async () => {
    const response = authenticator.get(await options());
    at.wait(301);
    await isRefused(authenticate(response), 'expired');
  });

  test('a passkey that was removed', async () => {
    const response = authenticator.get(await options());
    await at.passkeys.removeAll(at.a, ADA.id);
    await at.news();
    await isRefused(authenticate(response), 'unknown');
  });
});

test('T078 a passkey of one tenant is nothing to another of the same RP ID', async () => {
  const atB = async () => at.passkeys.authenticationOptions(at.b, uid);
  const signInAtB = (response: string) => at.passkeys.authenticate(at.b, response, uid);
  expect((await atB()).rpId).toBe((await options()).rpId);
  expect(await signInAtB(authenticator.get(await atB()))).toEqual({ ok: false, reason: 'unknown' });
  // Nor by way of a challenge of its own tenant.
  expect(await signInAtB(authenticator.get(await options()))).toEqual({ ok: false, reason: 'expired' });
  // Not even where the other tenant has an account and a credential of the same ids.
  const enrolment = await at.passkeys.registrationOptions(at.b, ADA, uid);
  const twin = createAuthenticator().create(enrolment, { id: adas.id });
  expect(await at.passkeys.register(at.b, ADA.id, twin, { ...uid, name: 'Twin' })).toMatchObject({ ok: true });
  expect(await signInAtB(authenticator.get(await atB()))).toEqual({ ok: false, reason: 'wrong' });
});

describe('the signature counter', () => {
  beforeEach(async () => {
    await at.passkeys.removeAll(at.a, ADA.id);
    authenticator = createAuthenticator({ counts: true });
    await at.enrol(authenticator);
    await at.signIn(authenticator, { counter: 7 });
    await at.news();
  });

  test.each([7, 6, 0])('7 is followed by %i: a clone is suspected', async (counter) => {
    await isRefused(at.signIn(authenticator, { counter }), 'cloned', 'passkey.clone_suspected');
    expect(await at.signIn(authenticator, { counter: 8 })).toMatchObject({ ok: true });
  });

  test('without the key nobody can raise that suspicion', async () => {
    await isRefused(at.signIn(authenticator, { counter: 1, signature: () => Buffer.alloc(70) }));
  });

  test('of 20 assertions at once with one counter, one counts', async () => {
    const asked = await Promise.all(Array.from({ length: 20 }, () => options()));
    const attempts = await Promise.all(asked.map((each) => authenticate(authenticator.get(each, { counter: 9 }))));
    expect(attempts.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await at.news()).toEqual(Array(19).fill('passkey.clone_suspected'));
  });
});

test('of 20 uses of one challenge at once, one counts', async () => {
  const asked = await options();
  const attempts = await Promise.all(Array.from({ length: 20 }, () => authenticate(authenticator.get(asked))));
  expect(attempts.filter(({ ok }) => ok)).toHaveLength(1);
  expect(await at.news()).toEqual(Array(19).fill('factor.refused'));
});

test('each bit of what is signed, and of the signature, matters', async () => {
  // Ed25519: its signatures have one form, while those of ES256 are wrapped in DER, which can be written in several.
  const enrolment = await at.passkeys.registrationOptions(at.a, ADA, uid);
  await at.passkeys.register(at.a, ADA.id, authenticator.create(enrolment, { alg: -8 }), { ...uid, name: 'Ed' });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('clientDataJSON', 'authenticatorData', 'signature'),
      fc.nat(),
      fc.integer({ min: 0, max: 7 }),
      async (field, place, bit) => {
        const response = JSON.parse(authenticator.get(await options()));
        const bytes = Buffer.from(response.response[field], 'base64url');
        bytes[place % bytes.length]! ^= 1 << bit;
        response.response[field] = bytes.toString('base64url');
        expect(await authenticate(JSON.stringify(response))).toMatchObject({ ok: false });
      },
    ),
    { numRuns: 150 },
  );
});
