import { grantRevoked } from '../../core/errors.ts';
import { type Artifact, type Artifacts, firstVersion, type Payload } from '../artifacts.ts';
import type { Client } from './client.ts';
import { reach } from './failures.ts';

/** Keys of one tenant, all in one slot of a cluster. */
export const tenantPrefix = (tenant: string): string => `gh:{${tenant}}:`;

const milliseconds = (seconds: number) => Math.ceil(seconds * 1000);

export function artifactsOf(client: Client, tenant: string): Artifacts {
  const prefix = tenantPrefix(tenant);
  const artifacts = (kind: string) => `${prefix}artifact:${kind}:`;
  const pointer = (field: string, kind: string, value: string) => `${prefix}${field}:${kind}:${value}`;
  const revoked = (grantId: string) => `${prefix}revoked:${grantId}`;
  const counter = (key: string) => `${prefix}count:${key}`;

  async function write(kind: string, id: string, payload: Payload, ttl: number, expected: string): Promise<boolean> {
    const { grantId = '', uid = '', userCode = '' } = payload;
    const written = await reach(
      client.ghWrite(
        artifacts(kind) + id,
        revoked(grantId),
        pointer('uid', kind, uid),
        pointer('userCode', kind, userCode),
        id,
        JSON.stringify(payload),
        milliseconds(ttl),
        grantId,
        uid,
        userCode,
        firstVersion(),
        expected,
      ),
    );
    if (written === -1) throw grantRevoked();
    return written === 1;
  }

  return {
    async put(kind, id, payload, ttl) {
      await write(kind, id, payload, ttl, 'any');
    },
    swap: (kind, id, version, payload, ttl) => write(kind, id, payload, ttl, String(version)),

    async find(kind, id) {
      return artifact(await reach(client.hmget(artifacts(kind) + id, 'payload', 'version', 'consumed')));
    },
    async findBy(kind, field, value) {
      return artifact(await reach(client.ghFindBy(pointer(field, kind, value), artifacts(kind), field, value)));
    },
    async consume(kind, id) {
      return (await reach(client.ghConsume(artifacts(kind) + id))) === 1;
    },
    async destroy(kind, id) {
      await reach(client.unlink(artifacts(kind) + id));
    },
    async revokeGrant(grantId, ttl) {
      await reach(client.ghRevokeGrant(revoked(grantId), milliseconds(ttl)));
    },

    async increment(key, window, by = 1) {
      const [count, left] = await reach(client.ghIncrement(counter(key), milliseconds(window), by));
      return { count, resetsIn: Math.ceil(left / 1000) };
    },
    async count(key) {
      const [count, left] = await reach(Promise.all([client.get(counter(key)), client.pttl(counter(key))]));
      if (count === null || left < 0) return { count: 0, resetsIn: 0 };
      return { count: Number(count), resetsIn: Math.ceil(left / 1000) };
    },
    async reset(key) {
      await reach(client.unlink(counter(key)));
    },
    async once(key, ttl) {
      return (await reach(client.set(`${prefix}once:${key}`, 1, 'PX', milliseconds(ttl), 'NX'))) === 'OK';
    },
  };
}

function artifact(found: (string | null)[] | null): Artifact | undefined {
  const [payload, version, consumed] = found ?? [];
  if (!payload) return undefined;
  return { payload: JSON.parse(payload), version: Number(version), consumed: consumed ? Number(consumed) : undefined };
}
