import { invalidInput } from '../core/errors.ts';
import { type Artifacts, DURABLE_KINDS, type DurableArtifacts, type Payload } from './artifacts.ts';

const CENTURY = 3_155_760_000;
const INDEXED = ['grantId', 'uid', 'userCode', 'accountId'] as const;

/** Keys travel into paths, prefixes and hash tags: nothing in a tenant's id may end one of them early. */
export function checkTenantId(tenantId: unknown): string {
  if (typeof tenantId === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(tenantId)) return tenantId;
  throw invalidInput('a tenant id is 1 to 64 letters, digits, - and _');
}

/** Whether an id can be stored at all. A lone surrogate would become U+FFFD on its way, and so meet another id. */
export const isId = (id: unknown): id is string =>
  typeof id === 'string' && id.length > 0 && id.length <= 1024 && id.isWellFormed();

export function checkId(id: unknown): string {
  if (isId(id)) return id;
  throw invalidInput('an id is a text of 1 to 1024 characters');
}

/** What ends must say when: nothing short-lived is kept without an expiry. */
function checkSeconds(name: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value <= CENTURY) return;
  throw invalidInput(`${name} must be a number of seconds above 0 and at most ${CENTURY}, not ${String(value)}`);
}

function checkKind(kind: unknown): void {
  if (typeof kind === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(kind)) return;
  throw invalidInput('a kind is 1 to 64 letters, digits and _');
}

function checkPayload(payload: Payload): void {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    throw invalidInput('a payload is an object');
  for (const field of INDEXED) {
    if (payload[field] !== undefined && !isId(payload[field]))
      throw invalidInput(`the payload's ${field} must be a text of 1 to 1024 characters`);
  }
}

function checkWrite(kind: string, id: string, payload: Payload, ttl: number): void {
  checkKind(kind);
  checkId(id);
  checkPayload(payload);
  checkSeconds('ttl', ttl);
}

/**
 * The same answers from every engine: a write with bad input is refused (`invalid_input`); a read by an id that can
 * never have been stored finds nothing, since such ids come from outside with every request.
 */
export function checkedArtifacts(engine: Artifacts): Artifacts {
  return {
    async put(kind, id, payload, ttl) {
      checkWrite(kind, id, payload, ttl);
      return engine.put(kind, id, payload, ttl);
    },
    async swap(kind, id, version, payload, ttl) {
      checkWrite(kind, id, payload, ttl);
      if (!Number.isSafeInteger(version)) throw invalidInput('a version is a whole number');
      return engine.swap(kind, id, version, payload, ttl);
    },
    async find(kind, id) {
      checkKind(kind);
      return isId(id) ? engine.find(kind, id) : undefined;
    },
    async findBy(kind, field, value) {
      checkKind(kind);
      if (field !== 'uid' && field !== 'userCode') throw invalidInput('artifacts are found by uid or userCode');
      return isId(value) ? engine.findBy(kind, field, value) : undefined;
    },
    async consume(kind, id) {
      checkKind(kind);
      return isId(id) ? engine.consume(kind, id) : false;
    },
    async destroy(kind, id) {
      checkKind(kind);
      if (isId(id)) await engine.destroy(kind, id);
    },
    async revokeGrant(grantId, ttl) {
      checkId(grantId);
      checkSeconds('ttl', ttl);
      return engine.revokeGrant(grantId, ttl);
    },
    async increment(key, window, by = 1) {
      checkId(key);
      checkSeconds('window', window);
      if (!Number.isSafeInteger(by)) throw invalidInput('a counter grows by a whole number');
      return engine.increment(key, window, by);
    },
    async count(key) {
      return engine.count(checkId(key));
    },
    async reset(key) {
      return engine.reset(checkId(key));
    },
    async once(key, ttl) {
      checkId(key);
      checkSeconds('ttl', ttl);
      return engine.once(key, ttl);
    },
  };
}

export const checkedDurable = (engine: DurableArtifacts): DurableArtifacts => ({
  ...checkedArtifacts(engine),
  async destroyOfAccount(accountId) {
    return engine.destroyOfAccount(checkId(accountId));
  },
  async ofAccount(kind, accountId) {
    if (!DURABLE_KINDS.has(kind)) throw invalidInput('only durable kinds are listed by account');
    return engine.ofAccount(kind, checkId(accountId));
  },
});
