import type { Clock } from '../../src/core/clock.ts';
import { createPasskeys, type Passkeys } from '../../src/factors/passkey/passkeys.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import type { Authenticator, Forgery, Key } from './authenticator.ts';
import { type TestTenants, twoTenants } from './tenants.ts';

export const ADA = { id: 'ada', name: 'ada@example.com', displayName: 'Ada Lovelace' };
export const BOB = { id: 'bob', name: 'bob@example.com', displayName: 'Bob' };

export type PasskeyStage = TestTenants & {
  passkeys: Passkeys;
  /** From now on it is later, by so many seconds. */
  wait(seconds: number): void;
  /** A passkey of the authenticator for the account. */
  enrol(authenticator: Authenticator, user?: typeof ADA, tenant?: Tenant): Promise<Key>;
  /** A usernameless sign-in. */
  signIn(authenticator: Authenticator, forgery?: Forgery, key?: Key): ReturnType<Passkeys['authenticate']>;
  /** What users were told: `<template> <account>`. */
  notices: string[];
  /** The types of the events since it was asked last. */
  news(tenant?: Tenant): Promise<string[]>;
};

/** Two tenants of one RP ID, and passkeys. */
export async function setPasskeyStage(): Promise<PasskeyStage> {
  let now = Date.now();
  const clock: Clock = () => ++now;
  const at = await twoTenants(clock);
  const notices: string[] = [];
  const passkeys = createPasskeys({
    clock,
    audit: at.audit,
    notify: async (_tenant, accountId, { template }) => void notices.push(`${template} ${accountId}`),
  });
  const seen = new Map<string, string>();
  return {
    ...at,
    passkeys,
    notices,
    wait(seconds) {
      now += seconds * 1000;
    },
    async enrol(authenticator, user = ADA, tenant = at.a) {
      const named = { binding: 'enrol', name: 'Phone' };
      const options = await passkeys.registrationOptions(tenant, user, named);
      const made = await passkeys.register(tenant, user.id, authenticator.create(options), named);
      if (!made.ok) throw new Error(`not enrolled: ${made.reason}`);
      return authenticator.keys.at(-1)!;
    },
    async signIn(authenticator, forgery, key) {
      const options = await passkeys.authenticationOptions(at.a, { binding: 'uid' });
      return passkeys.authenticate(at.a, authenticator.get(options, forgery, key), { binding: 'uid' });
    },
    async news(tenant = at.a) {
      const { items } = await at.audit.find(tenant.id, { limit: 1000 });
      const fresh = items.filter(({ id }) => id > (seen.get(tenant.id) ?? ''));
      seen.set(tenant.id, items.at(-1)?.id ?? '');
      return fresh.map(({ type }) => type);
    },
  };
}
