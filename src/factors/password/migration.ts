import { setTimeout as sleep } from 'node:timers/promises';
import type { Accounts } from '../../accounts/accounts.ts';
import { emailProblem } from '../../accounts/email.ts';
import { identifierOf } from '../../accounts/identifier.ts';
import { profileOf, type UserInput, userInput } from '../../accounts/input.ts';
import { isToMigrate, type User } from '../../accounts/record.ts';
import type { Audit, AuditEvent } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { isError } from '../../core/errors.ts';
import { lru } from '../../core/lru.ts';
import { checked } from '../../core/validate.ts';
import type { Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { createBreaker } from './breaker.ts';
import { askOldSystem } from './old-system.ts';
import type { Passwords } from './passwords.ts';

/** A sign-in that our own records do not let in. `user`: who has that name here. */
export type Newcomer = {
  tenant: Tenant;
  user: Stored<User> | undefined;
  identifier: string;
  password: string;
  ip: string;
  requestId: string;
};

/** The user, now with this password; undefined where the sign-in is to be refused. Error `unavailable` of queue or store. */
export type MigrateUser = (newcomer: Newcomer) => Promise<Stored<User> | undefined>;

/**
 * Takes users of a tenant's old system over when they sign in: who is not here yet, or was brought along without password
 * (`to_migrate`). The old system is the judge of the password, once; from then on it is ours, hashed our way. Whatever goes
 * wrong is a refusal like any other, and one audit event.
 */
export function createMigrateUser(deps: {
  clock: Clock;
  audit: Audit;
  accounts: Accounts;
  passwords: Pick<Passwords, 'hash' | 'verify'>;
  fetch: typeof fetch;
  wait?: (ms: number) => Promise<unknown>;
}): MigrateUser {
  const { accounts, passwords, wait = sleep } = deps;
  const throughBreaker = createBreaker(deps.clock);
  /** Milliseconds that the last answer took, by tenant. */
  const took = lru<number>(1000);

  async function ask(tenant: Tenant, identifier: string, password: string): Promise<Partial<UserInput> | undefined> {
    const { url, secret, max_per_minute } = tenant.settings.password.migration!;
    const startedAt = performance.now();
    try {
      const { count } = await tenant.store.artifacts.increment('password migrations', 60);
      if (count > max_per_minute) throw new Error(`not asked: more than ${max_per_minute} sign-ins of this minute`);
      const system = { url, secret: tenant.openSecret(secret) };
      return await throughBreaker(`${tenant.id} ${url}`, () => askOldSystem(deps, system, identifier, password));
    } finally {
      took.set(tenant.id, performance.now() - startedAt);
    }
  }

  /** Undefined where somebody was quicker. */
  async function takeOver(newcomer: Newcomer, found: Partial<UserInput>): Promise<Stored<User> | undefined> {
    const { tenant, user, identifier, password } = newcomer;
    if (user) return accounts.adoptPassword(tenant, user.id, await passwords.hash(tenant, password));
    const input = named(identifier, found);
    return accounts.createWithHash(tenant, input, await passwords.hash(tenant, password)).catch((error) => {
      if (!isError(error, 'already_exists')) throw error;
      return undefined;
    });
  }

  /** Who was quicker, in another tab say, has made this account: then its password is what counts. */
  async function madeMeanwhile({ tenant, identifier, password }: Newcomer): Promise<Stored<User>> {
    const user = await accounts.findByIdentifier(tenant, identifier);
    const isTheirs = (await passwords.verify(tenant, user?.passwordHash, password)).valid;
    if (!user || !isTheirs || user.status !== 'active') throw new Error('somebody else here has a name of this user');
    return user;
  }

  return async (newcomer) => {
    const { tenant, user, identifier, password, ip, requestId } = newcomer;
    if (!tenant.settings.password.migration) return undefined;
    if (user ? !isToMigrate(user) : !identifierOf(identifier)) {
      // Takes as long as for a stranger: else time would tell who is here already.
      await wait(took.get(tenant.id) ?? 0);
      return undefined;
    }
    const record = (event: AuditEvent) => deps.audit.record(tenant.id, { ip, requestId, ...event });
    try {
      const found = await ask(tenant, identifier.trim(), password);
      if (!found) return undefined;
      const migrated = (await takeOver(newcomer, found)) ?? (await madeMeanwhile(newcomer));
      await record({ type: 'user.migrated', target: migrated.id });
      return migrated;
    } catch (error) {
      if (isError(error, 'unavailable')) throw error;
      const details = { reason: (error as Error).message };
      await record({ type: 'user.migration_failed', outcome: 'failure', target: user?.id, details });
      return undefined;
    }
  };
}

/**
 * What is known of a new user. It must be the one who was asked for: else each sign-in would ask again, and an answer could
 * make accounts for anybody.
 */
function named(identifier: string, found: Partial<UserInput>): UserInput {
  const typed = identifier.trim();
  const input = { ...found, email: found.email ?? (emailProblem(typed) === undefined ? typed : '') };
  const profile = profileOf(checked(userInput, input));
  const wanted = identifierOf(typed);
  if (!wanted || profile[wanted.field] !== wanted.key) throw new Error('the old system told of another user');
  return input;
}
