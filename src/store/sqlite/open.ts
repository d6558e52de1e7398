import { type Clock, systemClock } from '../../core/clock.ts';
import { checkedDurable, checkTenantId } from '../checks.ts';
import { checkType } from '../record-type.ts';
import type { Records, RecordType } from '../records.ts';
import { type Rows, recordsOver } from '../rows.ts';
import type { Store } from '../store.ts';
import { type ArtifactRow, prepareArtifacts } from './artifacts.ts';
import { openDatabase } from './database.ts';
import { createMemo } from './memo.ts';
import { read } from './reader.ts';
import { createTable, hasTable } from './record-tables.ts';
import { purge, removeTenant } from './removal.ts';
import { prepareRows } from './rows.ts';
import { openWriter } from './writer.ts';

/**
 * The embedded store: one SQLite file, or ':memory:'. Several processes may open the same file.
 * Errors `bad_config` (a file of another program or of a newer release), `unavailable`.
 */
export async function openSqlite(path: string, { clock = systemClock }: { clock?: Clock } = {}): Promise<Store> {
  const db = openDatabase(path);
  const writer = openWriter(db);
  const memo = createMemo<ArtifactRow>(db);
  const artifacts = prepareArtifacts(db, writer, clock, memo);
  const tables = new Map<string, Promise<(owner: string) => Rows>>();

  /** The table of a type, made at its first use; a failure to make it is not remembered. */
  function table(type: RecordType): Promise<(owner: string) => Rows> {
    const known = tables.get(type.name);
    if (known) return known;
    const made = (async () => {
      if (!(await read(() => hasTable(db, type)))) await writer.write(() => createTable(db, type));
      return prepareRows(db, writer, clock, type);
    })();
    tables.set(type.name, made);
    made.catch(() => tables.delete(type.name));
    return made;
  }

  function records<T>(type: RecordType<T>, scope: RecordType['scope'], owner: string): Records<T> {
    checkType(type as RecordType, scope);
    return recordsOver(type, () => table(type as RecordType).then((of) => of(owner)));
  }

  return {
    forTenant: (tenantId) => ({
      tenantId: checkTenantId(tenantId),
      artifacts: checkedDurable(artifacts(tenantId)),
      records: (type) => records(type, 'tenant', tenantId),
    }),
    platform: (type) => records(type, 'platform', ''),
    async deleteTenant(tenantId) {
      await removeTenant(db, writer, checkTenantId(tenantId));
      memo.clear();
    },
    health: () =>
      writer
        .write(() => 'ok')
        .then(
          (sqlite) => ({ sqlite }),
          (error: Error) => ({ sqlite: error.message }),
        ),
    purge: () => purge(db, writer, clock()),
    async close() {
      await writer.close();
      if (db.isOpen) db.close();
    },
  };
}
