import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { invalidInput, notFound, versionConflict } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { checked } from '../core/validate.ts';
import type { Page, Query, Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type Credential, checkCredential, hashOf, namesOf, type PasswordHasher } from './credential.ts';
import { identifierOf } from './identifier.ts';
import { profileOf, type UserInput, userInput } from './input.ts';
import { checkAttributes } from './profile/attributes.ts';
import { isToMigrate, type SignUp, type Status, type User, userRecord } from './record.ts';
import { createRevise } from './revise.ts';
import { memberships, roleNames } from './roles.ts';
import { signedOut } from './signed-out.ts';
import { refuseTaken } from './taken.ts';
import { withPassword } from './with-password.ts';

/** What a user may never say of themselves. */
export type Standing = {
  status?: Status;
  roles?: string[];
  organizations?: z.input<typeof memberships>;
  signUp?: SignUp;
};
type Roles = Pick<Standing, 'roles' | 'organizations'>;
export type NewUser = UserInput & Credential & Standing;

/**
 * The users of a tenant. Every change is one write and one audit event.
 * Errors: `invalid_input` (with pointers), `already_exists`, `not_found`.
 */
export function createAccounts(deps: {
  clock: Clock;
  audit: Audit;
  passwords: PasswordHasher;
  /** Removes what others keep of an account that is about to be removed. */
  forget?: (tenant: Tenant, id: string) => Promise<void>;
  /** Ends every session of an account, and tells who has to know. */
  endSessions?: (tenant: Tenant, id: string) => Promise<void>;
}) {
  const records = (tenant: Tenant) => tenant.store.records(userRecord);

  const revise = createRevise(deps);

  const changeRoles = (tenant: Tenant, id: string, change: (user: User) => Roles): Promise<Stored<User>> =>
    revise(tenant, id, 'user.roles_changed', (user) => ({ ...user, ...checkedStanding(change(user)) }));

  function changeProfile(tenant: Tenant, id: string, change: (before: UserInput) => UserInput): Promise<Stored<User>> {
    return revise(tenant, id, 'user.changed', (user) => {
      const { email, emailKey, email_verified, username, usernameKey, claims, attributes, ...standing } = user;
      const before = { email, email_verified, username, attributes, ...claims };
      const after = profileOf(checked(userInput, change(before)));
      checkAttributes(tenant, after, user);
      return { ...standing, ...after };
    });
  }

  // Whoever knew the old password, or was let in before, starts anew: opaque access tokens end with their grant.
  const endSessions = deps.endSessions ?? ((tenant: Tenant, id: string) => tenant.store.artifacts.destroyOfAccount(id));

  const setHash = (tenant: Tenant, id: string, passwordHash: string) =>
    revise(tenant, id, 'user.password_changed', (user) => withPassword(user, passwordHash, deps.clock()));

  async function setStatus(tenant: Tenant, id: string, status: Status): Promise<Stored<User>> {
    const user = await revise(tenant, id, STATUS_EVENTS[status], (before) => {
      if (before.status === status) return before;
      return { ...(status === 'active' ? before : signedOut(before, deps.clock())), status };
    });
    if (status !== 'active') await endSessions(tenant, id);
    return user;
  }

  return {
    get: (tenant: Tenant, id: string): Promise<Stored<User> | undefined> => records(tenant).get(id),

    /** The user, if they may sign in and use what was issued to them: the only way to load one in a protocol flow. */
    async active(tenant: Tenant, id: string): Promise<Stored<User> | undefined> {
      const user = await records(tenant).get(id);
      return user?.status === 'active' ? user : undefined;
    },

    list: (tenant: Tenant, query?: Query): Promise<Page<User>> => records(tenant).find(query),

    /** By e-mail address or username, in any spelling that means the same. Disabled users are found too. */
    async findByIdentifier(tenant: Tenant, typed: string): Promise<Stored<User> | undefined> {
      const identifier = identifierOf(typed);
      return identifier && records(tenant).getBy(identifier.field, identifier.key);
    },

    /** Refuses what `create` would refuse, as far as the input alone tells. */
    async check(tenant: Tenant, input: NewUser): Promise<void> {
      const { password, password_hash, to_migrate, status, roles, organizations, signUp, ...profile } = input;
      checkAttributes(tenant, profileOf(checked(userInput, profile)));
      checkedStanding({ roles, organizations });
      const credential = { password, password_hash, to_migrate };
      await checkCredential(deps.passwords, tenant, credential, namesOf(profile));
    },

    async create(tenant: Tenant, { password, password_hash, to_migrate, ...input }: NewUser): Promise<Stored<User>> {
      const credential = { password, password_hash, to_migrate };
      const passwordHash = await hashOf(deps.passwords, tenant, credential, namesOf(input));
      return insert(tenant, input, { passwordHash, toMigrate: to_migrate });
    },

    /** As `create`, with a password that was hashed by `hashPassword` before. */
    createWithHash: (tenant: Tenant, input: UserInput & Standing, passwordHash: string | undefined) =>
      insert(tenant, input, { passwordHash }),

    /** For a user who is yet to be made, and what they will be called. Errors `invalid_input`, `unavailable`. */
    async hashPassword(tenant: Tenant, password: string, user: Partial<UserInput> | User): Promise<string> {
      await deps.passwords.check(tenant, password, namesOf(user));
      return deps.passwords.hash(tenant, password);
    },

    /** Replaces the whole profile; password and status stay. */
    change: (tenant: Tenant, id: string, input: UserInput) => changeProfile(tenant, id, () => input),

    /** Replaces what is given of the profile. */
    amend: (tenant: Tenant, id: string, input: Partial<UserInput>) =>
      changeProfile(tenant, id, (before) => ({ ...before, ...input })),

    async setPassword(tenant: Tenant, id: string, credential: Credential): Promise<Stored<User>> {
      const before = await records(tenant).get(id);
      if (!before) throw notFound(`user "${id}"`);
      const passwordHash = await hashOf(deps.passwords, tenant, credential, namesOf(before));
      if (!passwordHash) throw invalidInput('password or password_hash must be given');
      const user = await setHash(tenant, id, passwordHash);
      await endSessions(tenant, id);
      return user;
    },

    /**
     * The password that the tenant's old system has just confirmed, of a user who was brought along without; undefined
     * where they are so no longer.
     */
    async adoptPassword(tenant: Tenant, id: string, passwordHash: string): Promise<Stored<User> | undefined> {
      let adopted = false;
      const after = await records(tenant).update(id, (user) => {
        adopted = isToMigrate(user);
        if (!adopted) return undefined;
        const { toMigrate, ...rest } = user;
        return { ...rest, passwordHash, updatedAt: deps.clock() };
      });
      return adopted ? after : undefined;
    },

    /** The same password in another hash. Does nothing where the password was changed meanwhile. */
    async rehash(tenant: Tenant, id: string, from: string, to: string): Promise<void> {
      await records(tenant).update(id, (user) =>
        user.passwordHash === from ? { ...user, passwordHash: to } : undefined,
      );
    },

    disable: (tenant: Tenant, id: string) => setStatus(tenant, id, 'disabled'),
    enable: (tenant: Tenant, id: string) => setStatus(tenant, id, 'active'),
    /** Any status; all but `active` end every session. */
    setStatus,

    /** Replaces what is given of the user's roles and memberships. Error `invalid_input`. */
    setRoles: (tenant: Tenant, id: string, given: Roles) => changeRoles(tenant, id, () => given),
    /** The same, from what is there. */
    changeRoles,

    /** The password may be known to others: it proves nothing any more, and every session ends. */
    async requireReset(tenant: Tenant, id: string): Promise<Stored<User>> {
      const user = await revise(tenant, id, 'user.reset_required', (before) => ({
        ...signedOut(before, deps.clock()),
        resetRequired: true,
      }));
      await endSessions(tenant, id);
      return user;
    },

    /**
     * Who has proven the address takes the account over from somebody who never did: no password and no session of before
     * counts. What else lets somebody in is to be removed before. Error `version_conflict` where it was verified meanwhile.
     */
    async claim(tenant: Tenant, id: string): Promise<Stored<User>> {
      const user = await revise(tenant, id, 'user.claimed', (before) => {
        if (before.email_verified) throw versionConflict(`user "${id}"`);
        const { passwordHash, toMigrate, ...rest } = before;
        const now = deps.clock();
        return { ...signedOut(rest, now), passwordChangedAt: now, resetRequired: false, email_verified: true };
      });
      await endSessions(tenant, id);
      return user;
    },

    /** Begins the time of grace to enrol a second factor, once; resolves to its beginning (milliseconds). */
    async demandEnrolment(tenant: Tenant, id: string): Promise<number> {
      const now = deps.clock();
      const user = await records(tenant).update(id, (before) =>
        before.enrolmentDemandedAt === undefined ? { ...before, enrolmentDemandedAt: now } : undefined,
      );
      if (!user) throw notFound(`user "${id}"`);
      return user.enrolmentDemandedAt ?? now;
    },

    /** As `signOutEverywhere`, for who says himself why. */
    endSessions,

    /** The user wants no passkey now: not to be offered again soon. */
    async putOffPasskey(tenant: Tenant, id: string): Promise<void> {
      await records(tenant).update(id, (user) => ({ ...user, passkeyPutOffAt: deps.clock() }));
    },

    /** Ends every session of the user, and with it all that was issued to applications, on all nodes. */
    async signOutEverywhere(tenant: Tenant, id: string): Promise<void> {
      await revise(tenant, id, 'user.signed_out', (user) => signedOut(user, deps.clock()));
      await endSessions(tenant, id);
    },

    /** Ends what is under way in all browsers but that of the session; ending their sessions is the caller's to do, after. */
    async signOutElsewhere(tenant: Tenant, id: string, session: string): Promise<void> {
      await revise(tenant, id, 'user.signed_out', (user) => signedOut(user, deps.clock(), session));
    },

    async remove(tenant: Tenant, id: string): Promise<void> {
      if (!(await records(tenant).get(id))) throw notFound(`user "${id}"`);
      // Before: what fails on the way leaves a user who can be removed again.
      await deps.forget?.(tenant, id);
      if (!(await records(tenant).delete(id))) throw notFound(`user "${id}"`);
      await endSessions(tenant, id);
      await deps.audit.record(tenant.id, { type: 'user.removed', target: id });
    },
  };

  async function insert(
    tenant: Tenant,
    input: UserInput & Standing,
    { passwordHash, toMigrate }: { passwordHash: string | undefined; toMigrate?: boolean | undefined },
  ): Promise<Stored<User>> {
    const { status = 'active', roles, organizations, signUp, ...given } = input;
    const profile = profileOf(checked(userInput, given));
    checkAttributes(tenant, profile);
    const standing = { roles: [], organizations: [], ...checkedStanding({ roles, organizations }) };
    const now = deps.clock();
    const user: User = {
      ...profile,
      ...(passwordHash && { passwordHash, passwordChangedAt: now }),
      ...(toMigrate && { toMigrate }),
      resetRequired: false,
      ...standing,
      status,
      ...(signUp && { signUp: { how: signUp, at: now } }),
      createdAt: now,
      updatedAt: now,
    };
    const created = await records(tenant).insert(newId(now), user).catch(refuseTaken);
    await deps.audit.record(tenant.id, { type: 'user.created', target: created.id });
    return created;
  }
}

const STATUS_EVENTS: Record<Status, string> = {
  active: 'user.enabled',
  pending: 'user.suspended',
  disabled: 'user.disabled',
  deactivated: 'user.deactivated',
};

const standingSchema = z.strictObject({ roles: roleNames.optional(), organizations: memberships.optional() });

/** Only what is given. */
function checkedStanding(given: Roles) {
  const { roles, organizations } = checked(standingSchema, given);
  return { ...(roles && { roles }), ...(organizations && { organizations }) };
}

export type Accounts = ReturnType<typeof createAccounts>;
