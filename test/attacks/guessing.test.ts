import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAttacks } from '../../src/risk/attacks.ts';
import { withAccount } from '../../src/risk/device.ts';
import { countGuess, forgiveGuess, type Guess } from '../../src/risk/throttle.ts';
import { type TestTenants, twoTenants } from '../support/tenants.ts';

/** T090, T091, T092: what guesses passwords gets nowhere and is told of once; who owns an account gets in. */

let at: TestTenants;
let now: number;
beforeEach(async () => {
  now = Date.now();
  at = await twoTenants(() => now);
});
afterEach(() => at.store.close());

const addressOf = (i: number) => `198.${18 + (i >> 8)}.${i & 255}.9`;

/** Each guess as the sign-in makes it: counted, reported, and forgiven where the password is right. */
async function attempts(guesses: Omit<Guess, 'tenant'>[], right = 'right'): Promise<boolean[]> {
  // Two nodes, which share nothing but the store.
  const nodes = [0, 1].map(() => createAttacks({ audit: at.audit, clock: () => now }));
  return Promise.all(
    guesses.map(async (given, i) => {
      const guess = { ...given, tenant: at.a };
      const decision = await countGuess(guess);
      if (decision.attack) await nodes[i % 2]!.report(at.a, decision.attack, { ip: given.ip });
      if (!decision.allowed || given.password !== right) return false;
      await forgiveGuess(guess);
      return true;
    }),
  );
}
const attempt = async (guess: Omit<Guess, 'tenant'>) => (await attempts([guess]))[0];
const many = (make: (i: number) => Omit<Guess, 'tenant'>) => Array.from({ length: 500 }, (_, i) => make(i));
const attacks = async () =>
  (await at.audit.find(at.a.id)).items.map(({ type }) => type).filter((type) => type.startsWith('attack.'));

describe.each([
  [
    'one address at 500 users',
    'attack.stuffing',
    (i: number) => ({ account: `user ${i}`, ip: '198.51.100.9', password: `p${i}` }),
  ],
  [
    'one password at 500 users',
    'attack.spray',
    (i: number) => ({ account: `user ${i}`, ip: addressOf(i), password: 'spring' }),
  ],
  [
    '500 addresses at one user',
    'attack.guessing',
    (i: number) => ({ account: 'user 7', ip: addressOf(i), password: `p${i}` }),
  ],
])('%s', (_name, event, make) => {
  const known = () => withAccount(at.a, undefined, 'user 7');

  test(`the 500th right password is refused, and there is exactly one ${event}`, async () => {
    const guesses = many(make);
    await attempts(guesses);
    const last = guesses[499]!;
    expect(await attempts([last], last.password)).toEqual([false]);
    expect(await attacks()).toEqual([event]);
  });

  test('a known device gets in, from the address of the attack too', async () => {
    await attempts(many(make));
    const device = known();
    expect(await attempt({ account: 'user 7', ip: '198.51.100.9', password: 'right', device })).toBe(true);
    expect(await attempt({ account: 'user 7', ip: '192.0.2.1', password: 'right', device })).toBe(true);
  });

  test('other users get in from other addresses', async () => {
    await attempts(many(make));
    expect(await attempt({ account: 'ada', ip: '192.0.2.1', password: 'right' })).toBe(true);
  });

  test('all is over after a day', async () => {
    await attempts(many(make));
    now += 24 * 3_600_000;
    const last = make(499);
    expect(await attempts([last], last.password)).toEqual([true]);
  });
});

test('one address at one user is guessing, not stuffing', async () => {
  await attempts(many((i) => ({ account: 'user 7', ip: '198.51.100.9', password: `p${i}` })));
  expect(await attacks()).toEqual(['attack.guessing']);
  expect(await attempt({ account: 'user 7', ip: '192.0.2.1', password: 'right' })).toBe(true);
});

test('a person who forgot a password is no attack', async () => {
  for (let i = 0; i < 20; i += 1) await attempt({ account: 'ada', ip: '192.0.2.1', password: `was it ${i}` });
  expect(await attacks()).toEqual([]);
});

test('the 101st guess in a row is refused, though it is right, from whatever device', async () => {
  const device = withAccount(at.a, undefined, 'ada');
  let taken = 0;
  for (let hour = 0; hour < 20; hour += 1) {
    for (let i = 0; i < 30; i += 1) {
      const strange = await countGuess({ tenant: at.a, account: 'ada', ip: addressOf(hour * 30 + i) });
      const known = await countGuess({ tenant: at.a, account: 'ada', ip: '192.0.2.1', device });
      taken += Number(strange.allowed) + Number(known.allowed);
    }
    now += 3_600_000;
  }
  expect(taken).toBe(100);
  expect(await attempt({ account: 'ada', ip: '192.0.2.1', password: 'right', device })).toBe(false);
});
