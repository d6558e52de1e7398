import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashSync } from 'bcrypt';
import { foreignHashes } from '../../../test/support/foreign-hashes.ts';
import { type TestTenants, twoTenants } from '../../../test/support/tenants.ts';
import { createPasswords } from './passwords.ts';
import { createQueue } from './queue.ts';

let at: TestTenants;
beforeAll(async () => {
  at = await twoTenants();
});
afterAll(() => at.store.close());

const queue = createQueue();
const passwords = createPasswords({ cost: 4, queue });

describe('a hash of ours', () => {
  test('is of this tenant, and of one cost', async () => {
    const stored = await passwords.hash(at.a, 'correct horse');
    expect(stored).toMatch(/^\$gh1\$\$2b\$04\$/);
    expect(await passwords.verify(at.a, stored, 'correct horse')).toEqual({ valid: true, rehash: false });
    expect(await passwords.verify(at.a, stored, 'Correct horse')).toEqual({ valid: false, rehash: false });
    expect(await passwords.verify(at.b, stored, 'correct horse')).toEqual({ valid: false, rehash: false });
    const dearer = createPasswords({ cost: 5, queue });
    expect(await dearer.verify(at.a, stored, 'correct horse')).toEqual({ valid: true, rehash: true });
    expect(await dearer.verify(at.a, stored, 'correct house')).toEqual({ valid: false, rehash: false });
  });

  test.each([
    ['beyond 72 bytes', `${'a'.repeat(72)}x`, `${'a'.repeat(72)}y`, false],
    ['after a NUL', 'abc\0defgx', 'abc\0defgy', false],
    ['case', 'password', 'Password', false],
    ['composed or not', 'caf\u00e9 au lait', 'cafe\u0301 au lait', true],
    ['1024 bytes', 'x'.repeat(1024), 'x'.repeat(1024), true],
  ])('tells apart: %s', async (_, password, given, valid) => {
    const stored = await passwords.hash(at.a, password);
    expect((await passwords.verify(at.a, stored, given)).valid).toBe(valid);
  });
});

describe('a hash of another system', () => {
  test.each(['$2a$', '$2b$', '$2y$'])('%s is verified and then outdated', async (prefix) => {
    const stored = hashSync('correct horse', 4).replace('$2b$', prefix);
    expect(passwords.imported(stored)).toBe(stored);
    expect(await passwords.verify(at.a, stored, 'correct horse')).toEqual({ valid: true, rehash: true });
    expect(await passwords.verify(at.a, stored, 'correct house')).toEqual({ valid: false, rehash: false });
  });

  test('what bcrypt did not look at does not get into a new hash', async () => {
    const stored = hashSync('a'.repeat(80), 4);
    expect(await passwords.verify(at.a, stored, 'a'.repeat(73))).toEqual({ valid: true, rehash: false });
    expect(await passwords.verify(at.a, hashSync('a'.repeat(72), 4), 'a'.repeat(72))).toMatchObject({ rehash: true });
  });

  test('many at once: each tells right from wrong', async () => {
    const given = foreignHashes.flatMap(([, hash, password]) =>
      [password, `${password}x`].map((text) => [hash, text] as const),
    );
    const verdicts = await Promise.all(given.map(([hash, text]) => passwords.verify(at.a, hash, text)));
    expect(verdicts).toEqual(given.map((_, i) => ({ valid: i % 2 === 0, rehash: i % 2 === 0 })));
  });

  test('a damaged one is nobody\u2019s password', async () => {
    for (const stored of ['', '$6$', '$2b$04$short', 'plain', '$argon2id$v=19$m=99999999,t=3,p=4$c2FsdHNhbHQ$aGFzaA'])
      expect(await passwords.verify(at.a, stored, 'plain')).toEqual({ valid: false, rehash: false });
  });
});

describe('T093: to verify takes the same time whatever the hash', () => {
  test.each<[string, boolean, () => Promise<string | undefined>]>([
    ['of ours', true, () => passwords.hash(at.a, 'correct horse')],
    ['of nobody', true, async () => undefined],
    ['of another cost', false, () => createPasswords({ cost: 5, queue }).hash(at.a, 'correct horse')],
    ['of another system', false, async () => hashSync('correct horse', 4)],
    ['that is damaged', false, async () => 'plain'],
  ])('one %s', async (_, isUsual, make) => {
    const told: unknown[] = [];
    const waits: number[] = [];
    const watched = createPasswords({
      cost: 4,
      queue,
      async evenly(tenantId, usual, verify) {
        told.push([tenantId, usual]);
        return [await verify(), 70];
      },
      wait: async (ms) => void waits.push(ms),
    });
    const stored = await make();
    await watched.verify(at.a, stored, 'correct house');
    expect(told).toEqual([[at.a.id, isUsual]]);
    expect(waits).toEqual([70]);
    if ((await watched.verify(at.a, stored, 'correct horse')).valid) expect(waits).toHaveLength(1);
  });
});

test('nobody is verified at the same cost, and never valid', async () => {
  expect(await passwords.verify(at.a, undefined, 'correct horse')).toEqual({ valid: false, rehash: false });
});

test.each([['x'.repeat(1025)], ['ü'.repeat(513)], ['a\ud800bcdefgh'], [undefined], [{ length: 9 }]])(
  '%p is refused before hashing',
  async (password) => {
    const never = createPasswords({ cost: 4, queue: () => Promise.reject(new Error('hashed')) });
    const refused = { code: 'invalid_input', problems: [{ pointer: '/password' }] };
    await expect(never.verify(at.a, undefined, password as string)).rejects.toMatchObject(refused);
    await expect((async () => never.hash(at.a, password as string))()).rejects.toMatchObject(refused);
  },
);

test('what may be chosen is asked of the rules, then of the service for leaks', async () => {
  const asked: string[] = [];
  const breaches = {
    check: async (_: unknown, password: string) => void asked.push(password),
    knows: async () => true,
  };
  const { check, rulesOf } = createPasswords({ cost: 4, queue, breaches });
  expect(rulesOf(at.a)).toEqual({ minLength: 15, maxBytes: 1024 });
  await expect(check(at.a, 'too short', [])).rejects.toMatchObject({ problems: [{ reason: 'too_short' }] });
  await expect(check(at.a, 'ada lovelace 1815', ['Ada Lovelace'])).rejects.toMatchObject({
    problems: [{ reason: 'too_obvious' }],
  });
  expect(asked).toEqual([]);
  await check(at.a, 'correct horse battery', ['Ada Lovelace']);
  expect(asked).toEqual(['correct horse battery']);
});
