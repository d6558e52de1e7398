import { type Clock, systemClock } from '../../core/clock.ts';
import { lru } from '../../core/lru.ts';
import { checkedDurable, checkTenantId } from '../checks.ts';
import { type Copies, noCopies } from '../copies.ts';
import { checkType } from '../record-type.ts';
import type { Records, RecordType } from '../records.ts';
import { recordsOver } from '../rows.ts';
import type { Store } from '../store.ts';
import { artifactsOf } from './artifacts.ts';
import { openArtifacts, openMarks, openRecords, RECORDS } from './collections.ts';
import { connect } from './connection.ts';
import { reach, settled } from './failures.ts';
import { rowsOf } from './rows.ts';

const MAX_HINTS = 20_000;

type Options = { clock?: Clock /** Of a tenant's artifacts. */; copies?: (tenantId: string) => Copies };

/** Both families in MongoDB (a replica set or a sharded cluster). Errors `bad_config`, `unavailable`. */
export async function openMongo(uri: string, options: Options = {}): Promise<Store> {
  const { clock = systemClock, copies = () => noCopies } = options;
  const connection = await connect(uri);
  const shortLived = {
    artifacts: await openArtifacts(connection),
    marks: await openMarks(connection),
    hints: lru<string>(MAX_HINTS),
  };
  const collections = new Map<string, ReturnType<typeof openRecords>>();

  /** The collection of a type, made at its first use; a failure to make it is not remembered. */
  function collection(type: RecordType): ReturnType<typeof openRecords> {
    const known = collections.get(type.name);
    if (known) return known;
    const made = openRecords(connection, type);
    collections.set(type.name, made);
    made.catch(() => collections.delete(type.name));
    return made;
  }

  function records<T>(type: RecordType<T>, scope: RecordType['scope'], owner: string): Records<T> {
    const declared = type as RecordType;
    checkType(declared, scope);
    return recordsOver(type, async () => rowsOf(await collection(declared), declared, owner, clock));
  }

  return {
    forTenant: (tenantId) => ({
      tenantId,
      artifacts: checkedDurable(
        artifactsOf({ ...shortLived, copies: copies(tenantId) }, checkTenantId(tenantId), clock),
      ),
      records: (type) => records(type, 'tenant', tenantId),
    }),
    platform: (type) => records(type, 'platform', ''),
    async deleteTenant(tenantId) {
      const tenant = checkTenantId(tenantId);
      await reach(() => shortLived.artifacts.deleteMany({ tenant }));
      await reach(() => shortLived.marks.deleteMany({ tenant }));
      for (const { name } of await reach(() => connection.listCollections())) {
        if (name.startsWith(RECORDS)) await reach(() => connection.db!.collection(name).deleteMany({ tenant }));
      }
    },
    health: () =>
      reach(() => connection.db!.admin().ping()).then(
        () => ({ mongodb: 'ok' }),
        (error: Error) => ({ mongodb: error.message }),
      ),
    // TTL indexes do it.
    purge: async () => 0,
    async close() {
      await settled();
      await connection.close();
    },
  };
}
