import { versionConflict } from '../core/errors.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** Seconds: longer than a removal lasts, for a node that dies within one. */
const LIFE = 10;

/**
 * Runs one removal of an account at a time, over all nodes: two that are harmless each may lock out together. Error
 * `version_conflict` for those that come meanwhile.
 */
export async function alone<T>({ store }: Tenant, accountId: string, act: () => Promise<T>): Promise<T> {
  const key = `removing a factor ${accountId}`;
  if ((await store.artifacts.increment(key, LIFE)).count > 1) throw versionConflict('your account');
  try {
    return await act();
  } finally {
    await store.artifacts.reset(key);
  }
}
