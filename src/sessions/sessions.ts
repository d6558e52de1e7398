import { isDeepStrictEqual } from 'node:util';
import { type Cache, readThrough } from '../core/cache.ts';
import { type Clock, seconds } from '../core/clock.ts';
import { randomSecret } from '../core/ids.ts';
import type { Proof } from '../factors/proof.ts';
import { every } from '../store/every.ts';
import type { Stored } from '../store/records.ts';
import { upsert } from '../store/upsert.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type SamlParty, type SignInRecord, signInRecord } from './record.ts';

export type SignIn = Omit<SignInRecord, 'startedAt' | 'lastSeenAt' | 'expiresAt' | 'samlParties'>;

/** Milliseconds after which a session that was ended is refused everywhere. */
const FRESH_FOR = 900;
/** Seconds: a session in use is not written at each use. */
const SEEN_EVERY = 60;
const MAX_LISTED = 200;
/** The oldest is forgotten then: its session there ends by itself. */
const MAX_PARTIES = 100;

/** What every session of a user has proven, when and where. Error `unavailable`. */
export function createSessions({ clock }: { clock: Clock }) {
  const caches = new WeakMap<object, Cache<Stored<SignInRecord>>>();
  const records = (tenant: Tenant) => tenant.store.records(signInRecord);
  const expiry = (tenant: Tenant, remember: boolean) =>
    clock() + 1000 * (remember ? tenant.settings.session.ttl : Math.min(tenant.settings.session.ttl, 86_400));

  const all = (tenant: Tenant, accountId: string): AsyncIterable<Stored<SignInRecord>> =>
    every(records(tenant).find, { field: 'accountId', equals: accountId });

  function cacheOf(tenant: Tenant): Cache<Stored<SignInRecord>> {
    let cache = caches.get(tenant);
    if (!cache) {
      const load = (uid: string) => records(tenant).get(uid);
      cache = readThrough({ max: 2000, freshFor: FRESH_FOR, staleOnError: false, load });
      caches.set(tenant, cache);
    }
    return cache;
  }

  return {
    /** At most a second old; `fresh`: as it is now. */
    async get(tenant: Tenant, uid: string, fresh = false): Promise<Stored<SignInRecord> | undefined> {
      if (fresh) cacheOf(tenant).drop(uid);
      return cacheOf(tenant).get(uid);
    },

    /**
     * What a finished sign-in has proven, for its session. The same once more changes nothing. `goesOn`: only in a session
     * that is there still. False: not kept.
     */
    async keep(tenant: Tenant, uid: string, signIn: SignIn, { goesOn = false } = {}): Promise<boolean> {
      const now = seconds(clock);
      const next = { ...signIn, lastSeenAt: now, expiresAt: expiry(tenant, signIn.remember) };
      const kept = await upsert(records(tenant), uid, (before) => {
        if (!before) return goesOn ? undefined : { ...next, startedAt: now };
        const { startedAt, lastSeenAt: _, expiresAt: __, samlParties, ...known } = before;
        if (isDeepStrictEqual(known, signIn)) return undefined;
        if (before.accountId !== signIn.accountId) return { ...next, startedAt: now };
        return { ...next, startedAt, ...(samlParties && { samlParties }) };
      });
      cacheOf(tenant).drop(uid);
      return kept !== undefined;
    },

    /** A proof more, for a session of the account that has not ended meanwhile. */
    async addProof(tenant: Tenant, uid: string, accountId: string, proof: Proof): Promise<void> {
      await records(tenant).update(uid, (before) => {
        if (before.accountId !== accountId) return undefined;
        return { ...before, proofs: [...before.proofs.filter(({ factor }) => factor !== proof.factor), proof] };
      });
      cacheOf(tenant).drop(uid);
    },

    /**
     * A service provider is about to be told of a session. Resolves to the party as it is kept, by the index that it was told
     * first; undefined where the session is not the account's any more.
     */
    async addSamlParty(
      tenant: Tenant,
      uid: string,
      accountId: string,
      { clientId, nameId }: Omit<SamlParty, 'index'>,
    ): Promise<SamlParty | undefined> {
      const record = await records(tenant).update(uid, (before) => {
        if (before.accountId !== accountId) return undefined;
        const known = before.samlParties ?? [];
        const index = known.find((party) => party.clientId === clientId)?.index ?? `_${randomSecret(128)}`;
        const others = known.filter((party) => party.clientId !== clientId);
        return { ...before, samlParties: [...others, { clientId, index, nameId }].slice(-MAX_PARTIES) };
      });
      cacheOf(tenant).drop(uid);
      return record?.accountId === accountId
        ? record.samlParties?.find((party) => party.clientId === clientId)
        : undefined;
    },

    /** Of a session in use: moves its end, and keeps in mind how long it was left alone. */
    async seen(tenant: Tenant, uid: string, record: SignInRecord): Promise<void> {
      const now = seconds(clock);
      if (now - record.lastSeenAt < SEEN_EVERY) return;
      await records(tenant).update(uid, (before) => {
        const pause = Math.max(0, now - before.lastSeenAt);
        const { proof, aal3 } = before.pauses ?? { proof: 0, aal3: 0 };
        return {
          ...before,
          lastSeenAt: Math.max(now, before.lastSeenAt),
          pauses: { proof: Math.max(pause, proof), aal3: Math.max(pause, aal3) },
          expiresAt: expiry(tenant, before.remember),
        };
      });
      cacheOf(tenant).drop(uid);
    },

    /** Those of an account, newest use first. */
    async list(tenant: Tenant, accountId: string): Promise<Stored<SignInRecord>[]> {
      const query = { where: { field: 'accountId', equals: accountId }, limit: MAX_LISTED };
      const { items } = await records(tenant).find(query);
      return items.sort((a, b) => b.lastSeenAt - a.lastSeenAt);
    },

    /** All of an account, in no order. */
    all,

    /** For an account that ends. */
    async removeAll(tenant: Tenant, accountId: string): Promise<void> {
      for await (const { id } of all(tenant, accountId)) {
        await records(tenant).delete(id);
        cacheOf(tenant).drop(id);
      }
    },

    /** From now on it proves nothing; what was issued under it is the protocol core's to end. */
    async remove(tenant: Tenant, uid: string): Promise<void> {
      await records(tenant).delete(uid);
      cacheOf(tenant).drop(uid);
    },
  };
}

export type Sessions = ReturnType<typeof createSessions>;
