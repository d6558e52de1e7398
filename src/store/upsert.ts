import { isError } from '../core/errors.ts';
import type { Records, Stored } from './records.ts';

/**
 * `update` for a record that may not be there yet: `change` gets undefined then. Where it returns undefined nothing is
 * written; resolves to the record as it now is.
 */
export async function upsert<T>(
  records: Records<T>,
  id: string,
  change: (before: T | undefined) => T | undefined,
): Promise<Stored<T> | undefined> {
  const updated = await records.update(id, change);
  if (updated) return updated;
  const first = change(undefined);
  if (first === undefined) return undefined;
  try {
    return await records.insert(id, first);
  } catch (error) {
    if (!isError(error, 'already_exists')) throw error;
    // Another was first: there is a record now.
    return records.update(id, change);
  }
}
