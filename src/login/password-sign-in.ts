import type { Accounts } from '../accounts/accounts.ts';
import { folded } from '../accounts/folded.ts';
import { identifierKey } from '../accounts/identifier.ts';
import type { User } from '../accounts/record.ts';
import type { Audit } from '../audit/audit.ts';
import { type Clock, seconds } from '../core/clock.ts';
import { isError } from '../core/errors.ts';
import { mac } from '../core/hashing.ts';
import { isCommon } from '../factors/password/common.ts';
import type { MigrateUser } from '../factors/password/migration.ts';
import type { Passwords } from '../factors/password/passwords.ts';
import type { Attacks } from '../risk/attacks.ts';
import { knows } from '../risk/device.ts';
import { countGuess, forgiveGuess, withdrawGuess } from '../risk/throttle.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { SignInAttempt, SignInWithPassword } from './sign-in.ts';

/**
 * One answer, after the same work, for a wrong password and for users who are unknown, disabled or without password.
 * Each refused attempt is one audit event. Errors: `invalid_input` (no password can be that), `unavailable`.
 */
export function createPasswordSignIn(deps: {
  accounts: Accounts;
  passwords: Passwords;
  migrateUser: MigrateUser;
  attacks: Pick<Attacks, 'report'>;
  audit: Audit;
  clock: Clock;
}): SignInWithPassword {
  return async (attempt) => {
    const { tenant, identifier, password, ip, requestId, clientId, device } = attempt;
    const known = await deps.accounts.findByIdentifier(tenant, identifier);
    const guess = { tenant, account: known?.id ?? identifierKey(identifier), ip, password, device };

    const decision = await countGuess(guess);
    const occasion = { ip, requestId, clientId, ...(known && { accountId: known.id }) };
    if (decision.attack) await deps.attacks.report(tenant, decision.attack, occasion);
    if (!decision.allowed) {
      await record(attempt, known, 'sign_in.throttled');
      return { ok: false, reason: 'throttled', retryAfter: decision.retryAfter };
    }
    // Where an account has signed in before, its owner is never asked. Work that is not done counts as a failure: who keeps
    // on without it is an attack like any other.
    const isTheirs = knows(tenant, device, guess.account);
    const asked = isTheirs
      ? undefined
      : await attempt.askForWork(decision.failures).catch(async (error) => {
          if (isError(error, 'too_many_requests')) await record(attempt, known, 'sign_in.throttled');
          throw error;
        });
    if (asked) {
      await record(attempt, known, 'sign_in.challenged');
      return { ok: false, reason: 'challenged', asked };
    }

    const verdict = await deps.passwords.verify(tenant, known?.passwordHash, password).catch(async (error) => {
      if (isError(error, 'invalid_input')) await record(attempt, known, 'sign_in.failed', 'malformed password');
      if (isError(error, 'unavailable')) await withdrawGuess(guess);
      throw error;
    });
    const isIn = verdict.valid && known?.status === 'active';
    const user = isIn ? known : await deps.migrateUser({ ...attempt, user: known });
    if (!user) {
      await record(attempt, known, 'sign_in.failed', reasonOf(known));
      return { ok: false, reason: 'invalid' };
    }

    if (verdict.rehash) await rehash(tenant, user, password);
    await forgiveGuess(guess);
    const [isLeaked, isKnownToAll] = await Promise.all([
      deps.passwords.isLeaked(tenant, password),
      isCommon([...folded(password)], []),
    ]);
    const notable = (isLeaked && 'leaked') || (isKnownToAll && 'common') || undefined;
    return {
      ok: true,
      accountId: user.id,
      as: { signedOutAt: user.signedOutAt, signedOutExcept: user.signedOutExcept },
      proof: { factor: 'password', at: seconds(deps.clock) },
      noticed: { failures: decision.failures, ...(notable && { password: notable }) },
    };
  };

  async function rehash(tenant: Tenant, user: Stored<User>, password: string): Promise<void> {
    try {
      const next = await deps.passwords.hash(tenant, password);
      await deps.accounts.rehash(tenant, user.id, user.passwordHash!, next);
    } catch (error) {
      // The password was right: the next sign-in will do it.
      if (!isError(error, 'unavailable')) throw error;
    }
  }

  function record(attempt: SignInAttempt, user: Stored<User> | undefined, type: string, reason?: string) {
    const { tenant, identifier, ip, requestId, clientId } = attempt;
    const details = {
      method: 'password',
      ...(reason && { reason }),
      // People type passwords into the wrong field: of what names nobody, only equality can be told.
      ...(!user && { identifier: mac(tenant.secretFor('typed identifiers'), identifierKey(identifier)) }),
    };
    return deps.audit.record(tenant.id, {
      type,
      outcome: 'failure',
      target: user?.id,
      clientId,
      ip,
      requestId,
      details,
    });
  }
}

function reasonOf(user: User | undefined): string {
  if (!user) return 'unknown user';
  if (user.status !== 'active') return 'disabled user';
  return user.passwordHash === undefined ? 'user without password' : 'wrong password';
}
