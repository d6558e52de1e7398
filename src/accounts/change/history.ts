import { z } from 'zod';
import { defineRecord } from '../../store/records.ts';
import { upsert } from '../../store/upsert.ts';
import type { Tenant } from '../../tenants/tenant.ts';

const before = z.strictObject({
  /** Which change it was before; names its undo link. */
  change: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
  at: z.number().int(),
});
export type Before = z.infer<typeof before>;

/** The addresses that a user had before changes that can still be undone, oldest first. */
const historyRecord = defineRecord({
  name: 'email_changes',
  scope: 'tenant',
  schema: z.strictObject({ before: z.array(before), expires: z.number().int() }),
  expires: 'expires',
});

const records = (tenant: Tenant) => tenant.store.records(historyRecord);

/** `days`: for how long it can be undone. */
export async function remember(tenant: Tenant, accountId: string, entry: Before, days: number): Promise<void> {
  const life = days * 86_400_000;
  await upsert(records(tenant), accountId, (history) => ({
    before: [...(history?.before ?? []).filter(({ at }) => at > entry.at - life), entry],
    expires: entry.at + life,
  }));
}

/**
 * Takes back a change, and with it all later ones: their links, which may be in a stranger's mailbox, are worth nothing any
 * more, while those of earlier ones stay. For one caller of many; undefined where it is taken back already.
 */
export async function takeBack(tenant: Tenant, accountId: string, change: string): Promise<Before | undefined> {
  let found: Before | undefined;
  const after = await records(tenant).update(accountId, (history) => {
    const index = history.before.findIndex((entry) => entry.change === change);
    found = history.before[index];
    return found && { ...history, before: history.before.slice(0, index) };
  });
  return after && found;
}
