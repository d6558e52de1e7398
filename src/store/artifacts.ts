/**
 * Short-lived state: the payloads of the protocol core (sessions, grants, codes, tokens, interactions, ...) and our own.
 * Keys are (tenant, kind, id); each artifact has an expiry. Times are whole seconds.
 */

export type Payload = Record<string, unknown> & {
  /** Indexed where present. */
  grantId?: string;
  uid?: string;
  userCode?: string;
  /** Indexed for the durable kinds. */
  accountId?: string;
};

export type Artifact = {
  payload: Payload;
  /** Grows with every write of this artifact, `put`, `swap` and `consume`; for `swap`. */
  version: number;
  /** When it was consumed (seconds since the epoch), else undefined. */
  consumed: number | undefined;
};

/**
 * Two kinds of life. Durable: what must outlive a restart of everything (MongoDB in the distributed install).
 * Volatile: what may vanish without harm (Redis there).
 */
export const DURABLE_KINDS: ReadonlySet<string> = new Set(['Session', 'Grant', 'RefreshToken', 'DeviceSecret']);

export interface Artifacts {
  /**
   * Writes the artifact whatever was there, not consumed. Error `grant_revoked` when `payload.grantId` was revoked (by `revokeGrant`)
   * before or while this ran: what was written then is gone again.
   */
  put(kind: string, id: string, payload: Payload, ttl: number): Promise<void>;

  /**
   * Compare-and-swap: writes only if the stored version is `version` (0: only if there is none). False: not written.
   * Never brings back what was destroyed, by `revokeGrant` too; error `grant_revoked` therefore only for version 0.
   * What was consumed stays so.
   */
  swap(kind: string, id: string, version: number, payload: Payload, ttl: number): Promise<boolean>;

  /** `undefined` when absent or expired. A consumed artifact is still found. */
  find(kind: string, id: string): Promise<Artifact | undefined>;

  /** By an indexed field of the payload. */
  findBy(kind: string, field: 'uid' | 'userCode', value: string): Promise<Artifact | undefined>;

  /** Marks as consumed; expiry and payload stay. True for exactly one caller, false for all later or absent. */
  consume(kind: string, id: string): Promise<boolean>;

  destroy(kind: string, id: string): Promise<void>;

  /**
   * Removes the artifacts of durable kinds whose payload names the grant, and refuses later ones of any kind for `ttl`
   * seconds. Volatile ones are worth nothing without the grant itself, which every use of them looks at: they may stay
   * until they expire, and so need no index.
   */
  revokeGrant(grantId: string, ttl: number): Promise<void>;

  /** Adds `by` to a counter that starts at 0 and ends `window` seconds after its first increment. */
  increment(key: string, window: number, by?: number): Promise<Counter>;

  /** The counter as it stands; { count: 0, resetsIn: 0 } when there is none. */
  count(key: string): Promise<Counter>;

  /** Forgets a counter. */
  reset(key: string): Promise<void>;

  /** A replay mark: true for the first caller within `ttl` seconds, false for all others. */
  once(key: string, ttl: number): Promise<boolean>;
}

export type Counter = {
  count: number;
  /** Seconds until the counter starts again. */
  resetsIn: number;
};

/** Where versions begin: not at 1, so that who knew an id before it was destroyed and made again cannot swap it. */
export const firstVersion = (): number => 1 + Math.floor(Math.random() * 2 ** 48);

/** What keeps the durable kinds. */
export interface DurableArtifacts extends Artifacts {
  /** Removes every artifact of a durable kind whose payload names the account: its sessions, grants, refresh tokens. */
  destroyOfAccount(accountId: string): Promise<void>;

  /** All artifacts of a durable kind whose payload names the account. */
  ofAccount(kind: string, accountId: string): Promise<{ id: string; payload: Payload }[]>;
}
