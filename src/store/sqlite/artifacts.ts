import type { DatabaseSync } from 'node:sqlite';
import { type Clock, seconds } from '../../core/clock.ts';
import { grantRevoked } from '../../core/errors.ts';
import { type Artifact, DURABLE_KINDS, type DurableArtifacts, firstVersion, type Payload } from '../artifacts.ts';
import { marksOf, prepareMarks } from './marks.ts';
import type { Memo } from './memo.ts';
import { read } from './reader.ts';
import type { Writer } from './writer.ts';

export type ArtifactRow = {
  id: string;
  uid: string | null;
  payload: string;
  version: number;
  consumed: number | null;
  expires: number;
};

const FOUND = 'SELECT id, uid, payload, version, consumed, expires FROM artifacts WHERE tenant = ? AND kind = ?';
const LIVE = 'tenant = ? AND kind = ? AND id = ? AND expires > ?';

/** Artifacts of every tenant over one set of prepared statements. */
export function prepareArtifacts(
  db: DatabaseSync,
  writer: Writer,
  clock: Clock,
  memo: Memo<ArtifactRow>,
): (tenant: string) => DurableArtifacts {
  const marks = prepareMarks(db);
  const find = db.prepare(`${FOUND} AND id = ? AND expires > ?`);
  const findBy = {
    uid: db.prepare(`${FOUND} AND uid = ? AND expires > ?`),
    userCode: db.prepare(`${FOUND} AND user_code = ? AND expires > ?`),
  };
  const put = db.prepare(
    `INSERT INTO artifacts (tenant, kind, id, version, expires, grant_id, uid, user_code, account_id, payload)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant, kind, id) DO UPDATE SET version = version + 1, consumed = NULL,
       expires = excluded.expires, grant_id = excluded.grant_id, uid = excluded.uid, user_code = excluded.user_code,
       account_id = excluded.account_id, payload = excluded.payload`,
  );
  const swap = db.prepare(
    `UPDATE artifacts SET version = version + 1, expires = ?, grant_id = ?, uid = ?, user_code = ?, account_id = ?, payload = ?
     WHERE ${LIVE} AND version = ?`,
  );
  const consume = db.prepare(
    `UPDATE artifacts SET version = version + 1, consumed = ? WHERE ${LIVE} AND consumed IS NULL`,
  );
  const destroy = db.prepare('DELETE FROM artifacts WHERE tenant = ? AND kind = ? AND id = ?');
  const destroyAccount = db.prepare('DELETE FROM artifacts WHERE tenant = ? AND account_id = ?');
  const ofAccount = db.prepare(
    'SELECT id, payload FROM artifacts WHERE tenant = ? AND account_id = ? AND kind = ? AND expires > ?',
  );
  const destroyGrant = db.prepare('DELETE FROM artifacts WHERE tenant = ? AND grant_id = ?');

  return (tenant) => {
    const keyOf = (kind: string, id: string) => `${tenant} ${kind} ${id}`;
    const recall = (kind: string, id: string): ArtifactRow | undefined => {
      const known = memo.recall(keyOf(kind, id));
      if (known) return known.expires > clock() ? known : undefined;
      return keep(kind, find.get(tenant, kind, id, clock()));
    };
    const recallBy = (kind: string, field: 'uid' | 'userCode', value: string): ArtifactRow | undefined => {
      const known = field === 'uid' ? memo.recall(keyOf(kind, memo.idOf(keyOf(kind, value)) ?? '')) : undefined;
      if (known?.uid === value && known.expires > clock()) return known;
      return keep(kind, findBy[field].get(tenant, kind, value, clock()));
    };
    const keep = (kind: string, found: unknown): ArtifactRow | undefined => {
      const row = found as ArtifactRow | undefined;
      if (row) memo.keep(keyOf(kind, row.id), row);
      if (row?.uid) memo.alias(keyOf(kind, row.uid), row.id);
      return row;
    };
    const refuseRevoked = (grantId: string | undefined) => {
      if (grantId !== undefined && marks.has(tenant, `revoked:${grantId}`, clock())) throw grantRevoked();
    };

    return {
      put(kind, id, payload, ttl) {
        const text = JSON.stringify(payload);
        return writer.write(() => {
          refuseRevoked(payload.grantId);
          memo.drop(keyOf(kind, id));
          const at = clock();
          put.run(tenant, kind, id, firstVersion(), at + ttl * 1000, ...indexed(kind, payload), text);
        });
      },

      swap(kind, id, version, payload, ttl) {
        const text = JSON.stringify(payload);
        return writer.write(() => {
          memo.drop(keyOf(kind, id));
          const at = clock();
          const until = at + ttl * 1000;
          if (version !== 0) {
            return swap.run(until, ...indexed(kind, payload), text, tenant, kind, id, at, version).changes === 1;
          }
          refuseRevoked(payload.grantId);
          if (find.get(tenant, kind, id, at)) return false;
          put.run(tenant, kind, id, firstVersion(), until, ...indexed(kind, payload), text);
          return true;
        });
      },

      find: (kind, id) => read(() => artifact(recall(kind, id))),

      findBy: (kind, field, value) => read(() => artifact(recallBy(kind, field, value))),

      consume: (kind, id) =>
        writer.write(() => {
          memo.drop(keyOf(kind, id));
          return consume.run(seconds(clock), tenant, kind, id, clock()).changes === 1;
        }),

      destroy: (kind, id) =>
        writer.write(() => {
          memo.drop(keyOf(kind, id));
          destroy.run(tenant, kind, id);
        }),

      revokeGrant: (grantId, ttl) =>
        writer.write(() => {
          memo.clear();
          marks.put(tenant, `revoked:${grantId}`, clock(), ttl);
          destroyGrant.run(tenant, grantId);
        }),

      destroyOfAccount: (accountId) =>
        writer.write(() => {
          memo.clear();
          destroyAccount.run(tenant, accountId);
        }),

      ofAccount: (kind, accountId) =>
        read(() =>
          (ofAccount.all(tenant, accountId, kind, clock()) as { id: string; payload: string }[]).map((row) => ({
            id: row.id,
            payload: JSON.parse(row.payload),
          })),
        ),

      ...marksOf(tenant, marks, writer, clock),
    };
  };
}

/** The values of the indexed columns, in their order. */
function indexed(kind: string, { grantId, uid, userCode, accountId }: Payload): (string | null)[] {
  const lasts = DURABLE_KINDS.has(kind);
  return [lasts ? (grantId ?? null) : null, uid ?? null, userCode ?? null, lasts ? (accountId ?? null) : null];
}

function artifact(row: ArtifactRow | undefined): Artifact | undefined {
  if (!row) return undefined;
  const { payload, version, consumed } = row;
  return { payload: JSON.parse(payload), version, consumed: consumed ?? undefined };
}
