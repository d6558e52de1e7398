import type { z } from 'zod';

/**
 * What must last: tenants, clients, users, keys, consents, audit, ... Declared once; each engine derives its table
 * or collection from the declaration.
 */
export type RecordType<T = unknown> = {
  /** Table or collection name: ^[a-z_]+$. */
  name: string;
  /** Checked at each write. Unknown fields are refused (use z.strictObject). */
  schema: z.ZodType<T>;
  /** Read where a stored record lacks them: fields that came with a later version. */
  defaults?: Partial<T>;
  /** Whose records these are: a tenant's (reached by `store.forTenant`), or the installation's (`store.platform`). */
  scope: 'tenant' | 'platform';
  /** Sets of top-level string fields whose values are unique together (within the tenant); absent values do not count. */
  unique?: string[][];
  /** Top-level string or number fields to find by. Unique sets of one field can be found by as well. */
  indexes?: string[];
  /** Top-level field with the expiry, in milliseconds since the epoch; expired records are gone. */
  expires?: string;
};

/** What a stored record carries besides its own fields. */
export type Stored<T> = T & { readonly id: string; readonly version: number };

export type Page<T> = {
  items: Stored<T>[];
  /** Where to go on, or undefined at the end. */
  next: string | undefined;
};

export type Query = {
  /** Equality on one indexed field. Without: all. */
  where?: { field: string; equals: string | number };
  /** `next` of the page before. */
  after?: string;
  /** 1 to 1000, default 100. */
  limit?: number;
};

export interface Records<T> {
  /** Error `already_exists` when the id or a unique set is taken. */
  insert(id: string, record: T): Promise<Stored<T>>;

  get(id: string): Promise<Stored<T> | undefined>;

  /** The one record with this value of a unique field. */
  getBy(field: string, value: string): Promise<Stored<T> | undefined>;

  /** In order of id. Error `invalid_input` for a field without index, a bad cursor or limit. */
  find(query?: Query): Promise<Page<T>>;

  /**
   * Reads, applies `change`, and writes if nobody wrote in between; else does it all again. `change` returns the new
   * record, or undefined to leave it as it is. With `version`, error `version_conflict` when that is not the stored one.
   * Resolves to the record as it now is, or undefined when there is none.
   */
  update(id: string, change: (record: T) => T | undefined, version?: number): Promise<Stored<T> | undefined>;

  /** True if there was one. With `version`, error `version_conflict` when that is not the stored one. */
  delete(id: string, version?: number): Promise<boolean>;

  count(query?: Pick<Query, 'where'>): Promise<number>;
}

/** Types the declaration; engines check the name. */
export const defineRecord = <T>(type: RecordType<T>): RecordType<T> => type;
