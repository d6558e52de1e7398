import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Alg, BE, BS, createAuthenticator, signed, UP, UV } from '../../../test/support/authenticator.ts';
import { fakeTenant } from '../../../test/support/hosted-pages.ts';
import { ADA, BOB, type PasskeyStage, setPasskeyStage } from '../../../test/support/passkeys.ts';
import type { TenantSettings } from '../../tenants/settings.ts';
import type { Proof } from '../proof.ts';
import type { Passkey } from './record.ts';

let at: PasskeyStage;

async function registered(response: string, named: { binding: string; name: string }): Promise<Passkey> {
  const made = await at.passkeys.register(at.a, ADA.id, response, named);
  if (!made.ok) throw new Error(made.reason);
  return made.passkey;
}

beforeAll(async () => {
  at = await setPasskeyStage();
});
afterAll(() => at.store.close());
beforeEach(async () => {
  await at.passkeys.removeAll(at.a, ADA.id);
  await at.news();
  at.notices.length = 0;
});

test('a passkey is made, proves, is renamed and removed; each change is an event', async () => {
  const authenticator = createAuthenticator();
  const options = await at.passkeys.registrationOptions(at.a, ADA, { binding: 'b' });
  expect(options).toMatchObject({
    rp: { id: 'localhost', name: 'a' },
    user: { name: ADA.name, displayName: ADA.displayName },
    attestation: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    excludeCredentials: [],
  });
  const made = await registered(authenticator.create(options), { binding: 'b', name: ' Phone ' });
  expect(made).toMatchObject({ name: 'Phone', backupEligible: true, transports: ['hybrid', 'internal'] });
  expect(made).not.toHaveProperty('publicKey');

  const proven = await at.signIn(authenticator);
  expect(proven).toEqual({
    ok: true,
    accountId: ADA.id,
    id: made.id,
    proof: { factor: 'passkey', at: expect.any(Number), userVerified: true, backupEligible: true },
  });
  expect(Math.abs((proven as { proof: Proof }).proof.at - at.clock() / 1000)).toBeLessThan(2);

  await at.passkeys.rename(at.a, ADA.id, made.id, 'Laptop');
  expect(await at.passkeys.list(at.a, ADA.id)).toEqual([{ ...made, name: 'Laptop', lastUsedAt: expect.any(Number) }]);
  await at.passkeys.remove(at.a, ADA.id, made.id);
  expect(await at.passkeys.list(at.a, ADA.id)).toEqual([]);
  expect(await at.news()).toEqual(['factor.enrolled', 'passkey.renamed', 'factor.removed']);
  expect(at.notices).toEqual(['factor_added ada', 'factor_removed ada']);
  expect(await at.signIn(authenticator)).toEqual({ ok: false, reason: 'unknown' });
});

test.each<[string, Alg]>([
  ['EdDSA', -8],
  ['ES256', -7],
  ['RS256', -257],
])('%s is taken', async (_, alg) => {
  const authenticator = createAuthenticator();
  const options = await at.passkeys.registrationOptions(at.a, ADA, { binding: 'b' });
  await at.passkeys.register(at.a, ADA.id, authenticator.create(options, { alg }), {
    binding: 'b',
    name: alg.toString(),
  });
  expect(await at.signIn(authenticator)).toMatchObject({ ok: true, accountId: ADA.id });
});

test('an authenticator that attests itself is taken (WebAuthn L3 5.4.7)', async () => {
  const options = await at.passkeys.registrationOptions(at.a, ADA, { binding: 'b' });
  const response = createAuthenticator().create(options, {
    format: 'packed',
    statement: (data, key) =>
      new Map<string, Uint8Array | number>([
        ['alg', key.alg],
        ['sig', signed(key, data)],
      ]),
  });
  await at.passkeys.register(at.a, ADA.id, response, { binding: 'b', name: 'Key' });
  expect(await at.passkeys.list(at.a, ADA.id)).toHaveLength(1);
});

describe('what the proof says', () => {
  test.each([
    ['a synced passkey', UP | UV | BE | BS, UP | UV | BE, { userVerified: true, backupEligible: true }],
    ['a security key with PIN', UP | UV, UP | UV, { userVerified: true, backupEligible: false }],
    ['a security key without', UP, UP, { userVerified: false, backupEligible: false }],
    ['a PIN that came later, perhaps of a thief', UP, UP | UV, { userVerified: false, backupEligible: false }],
    ['no PIN this time', UP | UV, UP, { userVerified: false, backupEligible: false }],
  ])('%s', async (_, atFirst, flags, proof) => {
    const authenticator = createAuthenticator({ flags: atFirst });
    await at.enrol(authenticator);
    expect(await at.signIn(authenticator, { flags })).toMatchObject({ ok: true, proof });
  });

  test('a PIN that came later counts once it was used beside another factor', async () => {
    const authenticator = createAuthenticator({ flags: UP });
    await at.enrol(authenticator);
    const second = { binding: 'uid', accountId: ADA.id };
    const options = await at.passkeys.authenticationOptions(at.a, second);
    await at.passkeys.authenticate(at.a, authenticator.get(options, { flags: UP | UV }), second);
    expect(await at.signIn(authenticator, { flags: UP | UV })).toMatchObject({ proof: { userVerified: true } });
  });
});

test('the state of the backup and the counter are followed', async () => {
  const authenticator = createAuthenticator({ flags: UP | UV | BE, counts: true });
  await at.enrol(authenticator);
  for (const flags of [UP | UV | BE | BS, UP | UV | BE]) {
    await at.signIn(authenticator, { flags });
    const [passkey] = await at.passkeys.list(at.a, ADA.id);
    expect(passkey?.backupState).toBe((flags & BS) !== 0);
  }
});

test('conditional create needs no presence; any other does', async () => {
  const authenticator = createAuthenticator({ flags: BE | BS });
  const options = await at.passkeys.registrationOptions(at.a, ADA, { binding: 'b', conditional: true });
  await at.passkeys.register(at.a, ADA.id, authenticator.create(options), { binding: 'b', name: 'Made for you' });
  await expect(at.enrol(authenticator)).rejects.toThrow('wrong');
});

describe('options', () => {
  test('for a sign-in tell nothing of accounts (T095)', async () => {
    await at.enrol(createAuthenticator());
    const options = await at.passkeys.authenticationOptions(at.a, { binding: 'uid' });
    expect({ ...options, challenge: '' }).toEqual({
      rpId: 'localhost',
      challenge: '',
      allowCredentials: [],
      timeout: 300_000,
      userVerification: 'preferred',
    });
  });

  test('name the passkeys of who has proven another factor, and exclude them from a second enrolment', async () => {
    const key = await at.enrol(createAuthenticator());
    const known = [{ id: key.id.toString('base64url'), type: 'public-key', transports: ['hybrid', 'internal'] }];
    const asked = await at.passkeys.authenticationOptions(at.a, { binding: 'uid', accountId: ADA.id });
    expect(asked.allowCredentials).toEqual(known);
    const options = await at.passkeys.registrationOptions(at.a, ADA, { binding: 'b' });
    expect(options.excludeCredentials).toEqual(known);
  });

  test('a sign-in may need more than the tenant wants of all', async () => {
    const authenticator = createAuthenticator();
    await at.enrol(authenticator);
    const asked = await at.passkeys.authenticationOptions(at.a, { binding: 'uid', userVerification: 'required' });
    expect(asked.userVerification).toBe('required');
    const response = authenticator.get(asked, { flags: UP | BE });
    expect(await at.passkeys.authenticate(at.a, response, { binding: 'uid' })).toEqual({ ok: false, reason: 'wrong' });
  });

  test('the user handle is the same for all passkeys of an account, another for each account and tenant', async () => {
    const handle = async (tenant = at.a, user = ADA) =>
      (await at.passkeys.registrationOptions(tenant, user, { binding: 'b' })).user.id;
    const first = await handle();
    await at.enrol(createAuthenticator());
    expect(await handle()).toBe(first);
    expect(Buffer.from(first, 'base64url')).toHaveLength(32);
    expect(new Set([first, await handle(at.b), await handle(at.a, BOB)]).size).toBe(3);
  });
});

describe('an account has at most 20', () => {
  const named = { binding: 'enrol', name: 'One more' };

  test('however many are made at once', async () => {
    const options = await Promise.all(
      Array.from({ length: 30 }, () => at.passkeys.registrationOptions(at.a, ADA, named)),
    );
    const made = await Promise.all(
      options.map((each) => at.passkeys.register(at.a, ADA.id, createAuthenticator().create(each), named)),
    );
    const list = await at.passkeys.list(at.a, ADA.id);
    expect(list.length).toBeLessThanOrEqual(20);
    expect(made.filter(({ ok }) => ok)).toHaveLength(list.length);
    expect(made).toContainEqual({ ok: false, reason: 'limit' });
  });

  test('and the next one is refused before the user is asked', async () => {
    while ((await at.passkeys.list(at.a, ADA.id)).length < 20) await at.enrol(createAuthenticator());
    await expect(at.enrol(createAuthenticator())).rejects.toMatchObject({
      code: 'invalid_input',
      message: 'an account has at most 20 passkeys',
    });
  });
});

describe('others cannot', () => {
  test.each([
    ['another account', () => at.a, BOB.id],
    ['the same account id of another tenant', () => at.b, ADA.id],
  ])('see, rename or remove it: %s', async (_, tenant, accountId) => {
    await at.enrol(createAuthenticator());
    const [mine] = await at.passkeys.list(at.a, ADA.id);
    expect(await at.passkeys.list(tenant(), accountId)).toEqual([]);
    await expect(at.passkeys.rename(tenant(), accountId, mine!.id, 'Mine')).rejects.toMatchObject({ status: 404 });
    await expect(at.passkeys.remove(tenant(), accountId, mine!.id)).rejects.toMatchObject({ status: 404 });
    await at.passkeys.removeAll(tenant(), accountId);
    expect(await at.passkeys.list(at.a, ADA.id)).toEqual([mine]);
  });
});

test.each(['', '  ', 'x'.repeat(101), 'a\nb', 'a\u202eb'])(
  'the name %j is refused, and the challenge lives on',
  async (name) => {
    const options = await at.passkeys.registrationOptions(at.a, ADA, { binding: 'b' });
    const response = createAuthenticator().create(options);
    const register = async (given: string) =>
      at.passkeys.register(at.a, ADA.id, response, { binding: 'b', name: given });
    await expect(register(name)).rejects.toMatchObject({ code: 'invalid_input', problems: [{ pointer: '/name' }] });
    const made = await registered(response, { binding: 'b', name: '🔑 Adas Schlüssel' });
    await expect(at.passkeys.rename(at.a, ADA.id, made.id, name)).rejects.toMatchObject({ code: 'invalid_input' });
  },
);

test('signals tell authenticators which passkeys are still good', async () => {
  const authenticator = createAuthenticator();
  const key = await at.enrol(authenticator);
  const rpId = 'localhost';
  const userId = key.userHandle;
  expect(await at.passkeys.signals(at.a, ADA)).toEqual({
    signalAllAcceptedCredentials: { rpId, userId, allAcceptedCredentialIds: [key.id.toString('base64url')] },
    signalCurrentUserDetails: { rpId, userId, name: ADA.name, displayName: ADA.displayName },
  });
  const response = authenticator.get(await at.passkeys.authenticationOptions(at.a, { binding: 'uid' }));
  expect(await at.passkeys.unknownSignal(at.a, response)).toBeUndefined();
  expect(await at.passkeys.unknownSignal(at.a, 'no response')).toBeUndefined();
  expect(await at.passkeys.unknownSignal(at.b, response)).toEqual({
    signalUnknownCredential: { rpId, credentialId: key.id.toString('base64url') },
  });
});

describe('where they are taken from', () => {
  const of = (issuer: string, passkeys: Partial<TenantSettings['passkeys']> = {}) => ({
    ...at.a,
    issuer,
    settings: { ...at.a.settings, passkeys: { ...at.a.settings.passkeys, ...passkeys } },
  });

  test.each([
    ['the issuer', 'https://login.acme.example', true],
    ['a related origin', 'https://acme-shop.example', true],
    ['another host below the RP ID', 'https://blog.acme.example', false],
    ['the RP ID itself', 'https://acme.example', false],
  ])('%s', async (_, origin, ok) => {
    const related = { rp_id: 'acme.example', related_origins: ['https://acme-shop.example'] };
    const tenant = of('https://login.acme.example', related);
    const options = await at.passkeys.registrationOptions(tenant, ADA, { binding: 'b' });
    expect(options.rp.id).toBe('acme.example');
    const response = createAuthenticator({ origin }).create(options);
    expect(await at.passkeys.register(tenant, ADA.id, response, { binding: 'b', name: 'P' })).toMatchObject({ ok });
  });

  test('never plain http', async () => {
    const origin = 'http://login.acme.example';
    const options = await at.passkeys.registrationOptions(of(origin), ADA, { binding: 'b' });
    const response = createAuthenticator({ origin }).create(options);
    const refused = await at.passkeys.register(of(origin), ADA.id, response, { binding: 'b', name: 'P' });
    expect(refused).toEqual({ ok: false, reason: 'wrong' });
  });
});

test.each([
  ['https://login.example.com', true],
  ['http://localhost:3000', true],
  ['http://acme.localhost:3000/t/acme', true],
  ['http://login.example.com', false],
  ['http://127.0.0.1:3000', false],
  ['https://192.0.2.1', false],
  ['https://[2001:db8::1]', false],
])('browsers have passkeys for %s: %p', (issuer, available) => {
  expect(at.passkeys.isAvailable(fakeTenant({ issuer }))).toBe(available);
});
