import type { PolicyPart } from '../tenants/settings/authentication.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { AccountFacts } from './facts.ts';
import type { Ended } from './ground.ts';

/** An account, as far as plans depend on it. */
export type Person = {
  account: AccountFacts;
  roles: readonly string[];
  /** What the organizations that the account is in say. */
  organizations: readonly PolicyPart[];
  /** Milliseconds since the epoch. */
  passwordChangedAt?: number | undefined;
} & Ended;

/** `factors`: also which factors the account has, which costs more reads; else `account.factors` is empty. */
export type FindPerson = (
  tenant: Tenant,
  accountId: string,
  options?: { factors?: boolean },
) => Promise<Person | undefined>;
