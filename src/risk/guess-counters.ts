import { mac } from '../core/hashing.ts';
import type { Counter } from '../store/artifacts.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { networkOf, subscriberOf } from './address.ts';
import type { Attack, AttackType } from './attacks.ts';
import type { Device } from './device.ts';
import { LIMITS, type Limit, samePassword, TENANT_WINDOW, waitFor } from './limits.ts';

/**
 * `account`: the user's id, or what was typed where there is no such user, so that both are counted alike.
 * `password`: what was typed. `device`: by its cookie.
 */
export type Guess = { tenant: Tenant; account: string; ip: string; password?: string; device?: Device | undefined };

/** Whose guesses a limit holds. */
type Limited = keyof typeof LIMITS | 'password';

/** `before`: the failures before this guess. `wait`: seconds until it would be allowed, 0: it is. */
export type Taken = Counter & { by: Limited | 'tenant'; before: number; wait: number };

export const NOTHING: Taken = { by: 'password', count: 0, resetsIn: 0, before: 0, wait: 0 };

/** One guess of a subject's. One too many is given back: to keep on while it is refused makes no wait longer. */
export async function take(guess: Guess, by: Limited): Promise<Taken> {
  const counter = await add(guess, by, 1);
  const wait = waitFor(limitOf(guess, by), counter);
  if (wait > 0) await giveBack(guess, by);
  return { ...counter, by, before: beforeIn(counter), wait };
}

/** The same for the tenant, whose failures stop nobody. */
export async function tally(guess: Guess): Promise<Taken> {
  const counter = await add(guess, 'tenant', 1);
  return { ...counter, by: 'tenant', before: beforeIn(counter), wait: 0 };
}

export const giveBack = (guess: Guess, by: Limited | 'tenant'): Promise<Counter> => add(guess, by, -1);

export const forget = (guess: Guess, by: Limited): Promise<void> =>
  guess.tenant.store.artifacts.reset(keyOf(guess, by));

/** The failures as they stand. */
export const failuresOf = async (guess: Guess, by: Limited | 'tenant'): Promise<number> =>
  Math.max(0, (await guess.tenant.store.artifacts.count(keyOf(guess, by))).count);

/** What these guesses are part of. */
export const attackBy = (guess: Guess, type: AttackType, { by, count, resetsIn }: Taken): Attack => ({
  type,
  by,
  key: keyOf(guess, by),
  count,
  within: windowOf(guess, by) - resetsIn,
});

const add = (guess: Guess, by: Limited | 'tenant', count: number) =>
  guess.tenant.store.artifacts.increment(keyOf(guess, by), windowOf(guess, by), count);

/** What is given back after its window is over leaves a counter below nothing. */
const beforeIn = ({ count }: Counter) => Math.max(0, count - 1);

const limitOf = ({ tenant }: Guess, by: Limited): Limit =>
  by === 'password' ? samePassword(tenant.settings.risk.guesses.same_password) : LIMITS[by];

const windowOf = (guess: Guess, by: Limited | 'tenant') =>
  by === 'tenant' ? TENANT_WINDOW : limitOf(guess, by).window;

function keyOf({ tenant, account, ip, device, password = '' }: Guess, by: Limited | 'tenant'): string {
  const secret = tenant.secretFor('throttle');
  const subject = {
    pair: () => [account, subscriberOf(ip)],
    address: () => [subscriberOf(ip)],
    network: () => [networkOf(ip)],
    account: () => [account],
    device: () => [account, device?.id],
    // 24 bits: enough to count one password, too few to tell which it was.
    password: () => [mac(secret, password).slice(0, 4)],
    tenant: () => [],
  }[by]();
  // What was typed as a name may be a password: it is kept as a keyed hash only.
  return `password guesses ${by} ${mac(secret, JSON.stringify(subject))}`;
}
