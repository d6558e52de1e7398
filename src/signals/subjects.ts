import type { Clock } from '../core/clock.ts';
import { notFound } from '../core/errors.ts';
import { sha256 } from '../core/hashing.ts';
import { lru } from '../core/lru.ts';
import { every } from '../store/every.ts';
import { upsert } from '../store/upsert.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type SubjectRecord, subjectRecord } from './records.ts';

const DAY = 86_400_000;
/** Milliseconds after which somebody who has not come any more is forgotten: longer than what was issued can be good. */
const KEPT = 400 * DAY;
/** For so long a process does not look whether it is noted already. */
const NOTED_FOR = 60_000;

const idOf = (clientId: string, accountId: string) => sha256(`${clientId} ${accountId}`);
const keyOf = (clientId: string, sub: string) => sha256(`${clientId} ${sub}`);
const records = (tenant: Tenant) => tenant.store.records(subjectRecord);

/** `since`: when the client came to be (milliseconds); what was noted before is of another by its name. */
type Known = Pick<SubjectRecord, 'clientId' | 'accountId' | 'sub'> & { since: number };

/** Which users each receiver knows, and by what name. */
export function createSubjects({ clock }: { clock: Clock }) {
  const noted = lru<{ at: number; sub: string }>(10_000);

  async function forget(tenant: Tenant, field: 'accountId' | 'clientId', equals: string): Promise<void> {
    for await (const { id } of every(records(tenant).find, { field, equals })) await records(tenant).delete(id);
  }

  return {
    async note(tenant: Tenant, { clientId, accountId, sub, since }: Known): Promise<void> {
      const now = clock();
      const id = idOf(clientId, accountId);
      const key = `${tenant.id} ${id}`;
      const known = noted.get(key);
      if (known?.sub === sub && known.at >= since && now - known.at < NOTED_FOR) return;
      await upsert(records(tenant), id, (found) => {
        const before = found && found.seenAt >= since ? found : undefined;
        if (before?.sub === sub && now - before.seenAt < DAY) return undefined;
        const fields = { clientId, accountId, sub, subKey: keyOf(clientId, sub), seenAt: now, expires: now + KEPT };
        return { ...fields, ...(before?.removed && { removed: true as const }) };
      });
      noted.set(key, { at: now, sub });
    },

    /** By what `sub` the client, which is there `since`, is told of the account; undefined where it is not to be told. */
    async find(tenant: Tenant, clientId: string, accountId: string, since: number): Promise<string | undefined> {
      const found = await records(tenant).get(idOf(clientId, accountId));
      return found && !found.removed && found.seenAt >= since ? found.sub : undefined;
    },

    /** Whether the client wants to hear of a user. Error `not_found` for whom it does not know. */
    async choose(tenant: Tenant, clientId: string, sub: string, wanted: boolean): Promise<void> {
      const where = { field: 'subKey', equals: keyOf(clientId, sub) };
      const [found] = (await records(tenant).find({ where, limit: 1 })).items;
      const changed =
        found &&
        (await records(tenant).update(found.id, ({ removed: _, ...rest }) => ({
          ...rest,
          ...(!wanted && { removed: true as const }),
        })));
      if (!changed) throw notFound('a user by this subject');
    },

    forgetAccount: (tenant: Tenant, accountId: string) => forget(tenant, 'accountId', accountId),
    forgetClient: (tenant: Tenant, clientId: string) => forget(tenant, 'clientId', clientId),
  };
}

export type Subjects = ReturnType<typeof createSubjects>;
