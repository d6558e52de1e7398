import type { Proof } from '../factors/proof.ts';
import type { Ended } from '../journey/ground.ts';
import type { Device } from '../risk/device.ts';
import type { Failures } from '../risk/throttle.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { WorkAsked } from './challenge.ts';
import type { Journey } from './journey.ts';

export type SignInAttempt = {
  tenant: Tenant;
  identifier: string;
  password: string;
  ip: string;
  requestId: string;
  clientId: string;
  device?: Device | undefined;
  /** What is asked of the browser after these failures, before the password is looked at; undefined: nothing. */
  askForWork(failures: Failures): Promise<WorkAsked | undefined>;
};

export type SignInResult =
  | { ok: true; accountId: string; as: Ended; proof: Proof; noticed?: Journey['noticed'] }
  /** The same for an unknown account and a wrong password. */
  | { ok: false; reason: 'invalid' }
  | { ok: false; reason: 'challenged'; asked: WorkAsked }
  /** `retryAfter`: seconds. */
  | { ok: false; reason: 'throttled'; retryAfter: number };

/** Audits its own outcome. Error `unavailable` when store or hashing queue cannot take it now. */
export type SignInWithPassword = (attempt: SignInAttempt) => Promise<SignInResult>;

/** How an account is called on pages; `undefined` when it is gone. */
export type AccountLabel = (tenant: Tenant, accountId: string) => Promise<Person | undefined>;
export type Person = { name: string; email?: string };
