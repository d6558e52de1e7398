import type { TenantStore } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Attack } from './attacks.ts';
import { knows } from './device.ts';
import {
  attackBy,
  failuresOf,
  forget,
  type Guess,
  giveBack,
  NOTHING,
  type Taken,
  take,
  tally,
} from './guess-counters.ts';
import type { Signals } from './signals.ts';

export type { Guess } from './guess-counters.ts';
export { LIMITS } from './limits.ts';

/** Whose counters these are: a tenant. */
export type Owner = { readonly store: TenantStore; secretFor(purpose: string): Buffer };

/** Failures before this guess. */
export type Failures = Partial<
  Pick<Signals, 'pairFailures' | 'accountFailures' | 'addressFailures' | 'networkFailures' | 'tenantFailures'>
>;
/** `retryAfter`: seconds. `attack`: what this guess is part of; to be reported (`attacks.ts`). */
export type Decision = { attack?: Attack } & (
  | { allowed: true; failures: Failures }
  | { allowed: false; retryAfter: number }
);

/**
 * Counts a guess before it is verified, so that guesses made at once are all counted; in the store, so that the count
 * is one over all nodes and outlives a restart. A store that is down is an error (`unavailable`), never a yes.
 */
export async function countGuess(guess: Guess): Promise<Decision> {
  const { tenant, account } = guess;
  // Where the account has signed in before, its owner has guesses of his own: no stranger can use them up.
  if (knows(tenant, guess.device, account)) {
    const own = await take(guess, 'device');
    return own.wait > 0 ? refused([own]) : { allowed: true, failures: { pairFailures: own.before } };
  }
  // What is refused is no guess and reaches no wider counter: neither one address nor many that are refused anyway
  // can lock an account's owner out.
  const [pair, address] = await Promise.all([take(guess, 'pair'), take(guess, 'address')]);
  // One address that fills up by one account is no list of stolen passwords.
  const byAddress = pair.wait > 0 ? 'attack.guessing' : 'attack.stuffing';
  if (address.wait > 0) return refused([address, pair], attackBy(guess, byAddress, address));
  // Somebody who tries to remember.
  if (pair.wait > 0) return refused([pair]);

  const [network, password] = await Promise.all([
    take(guess, 'network'),
    guess.password === undefined ? NOTHING : take(guess, 'password'),
  ]);
  if (password.wait > 0) return refused([password, network], attackBy(guess, 'attack.spray', password));
  if (network.wait > 0) return refused([network], attackBy(guess, 'attack.stuffing', network));

  const [own, all] = await Promise.all([take(guess, 'account'), tally(guess)]);
  if (own.wait > 0) return refused([own], attackBy(guess, 'attack.guessing', own));
  const isFlooded = all.count > tenant.settings.risk.guesses.tenant_alarm;
  return {
    allowed: true,
    failures: {
      pairFailures: pair.before,
      addressFailures: address.before,
      networkFailures: network.before,
      accountFailures: own.before,
      tenantFailures: all.before,
    },
    ...(isFlooded && { attack: attackBy(guess, 'attack.stuffing', all) }),
  };
}

/** The guess was right: the account's failures were its owner's, and this one is no failure of anybody else. */
export async function forgiveGuess(guess: Guess): Promise<void> {
  // What strangers have failed stays counted: a sign-in at home gives them no new guesses.
  if (knows(guess.tenant, guess.device, guess.account)) return forget(guess, 'device');
  await Promise.all([
    forget(guess, 'pair'),
    forget(guess, 'account'),
    giveBack(guess, 'address'),
    giveBack(guess, 'network'),
    guess.password !== undefined && giveBack(guess, 'password'),
    giveBack(guess, 'tenant'),
  ]);
}

/** The guess was not looked at: it is none. */
export async function withdrawGuess(guess: Guess): Promise<void> {
  if (knows(guess.tenant, guess.device, guess.account)) return void (await giveBack(guess, 'device'));
  const taken = ['pair', 'account', 'address', 'network', 'tenant'] as const;
  await Promise.all([
    ...taken.map((by) => giveBack(guess, by)),
    guess.password !== undefined && giveBack(guess, 'password'),
  ]);
}

/** Failures around an address at whatever accounts, for forms that take no guess. Counts nothing. */
export async function failuresAround(tenant: Tenant, ip: string): Promise<Failures> {
  const around = { tenant, account: '', ip };
  const [addressFailures, networkFailures, tenantFailures] = await Promise.all([
    failuresOf(around, 'address'),
    failuresOf(around, 'network'),
    failuresOf(around, 'tenant'),
  ]);
  return { addressFailures, networkFailures, tenantFailures };
}

/** After a recovery: whoever proved that has the account begins anew, where he is and anywhere. */
export async function forgiveAccount(guess: Omit<Guess, 'password'>): Promise<void> {
  await Promise.all([forget(guess, 'pair'), forget(guess, 'account'), guess.device && forget(guess, 'device')]);
}

const refused = (taken: Taken[], attack?: Attack): Decision => ({
  allowed: false,
  retryAfter: Math.max(...taken.map(({ wait }) => wait)),
  ...(attack && { attack }),
});
