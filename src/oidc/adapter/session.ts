import { isDeepStrictEqual } from 'node:util';
import Provider, { type Adapter } from 'oidc-provider';
import { type Clock, seconds } from '../../core/clock.ts';
import { unavailable } from '../../core/errors.ts';
import { sha256 } from '../../core/hashing.ts';
import type { Artifacts, Payload } from '../../store/artifacts.ts';
import { genericAdapter, withId, withoutId } from './generic.ts';

const KIND = 'Session';
const MAX_TRIES = 100;

/** What a request read, as text: the core changes in place what it is given. */
type Base = { version: number; exp: unknown; iat: unknown; text: string };

/**
 * Sessions are read at the start of a request and written at its end. Many requests of one browser run at once, so a
 * write is a compare-and-swap, and a loser merges what it changed into what is there now. A session that was destroyed
 * meanwhile stays so: a logout wins over any racing authorization.
 */
export function sessionAdapter(artifacts: Artifacts): Adapter {
  /** By request, then by the hashed id: what its changes start from. */
  const bases = new WeakMap<object, Map<string, Base>>();

  function remember(key: string, version: number, payload: Payload): void {
    const ctx = Provider.ctx;
    if (!ctx) return;
    const base = { version, exp: payload.exp, iat: payload.iat, text: JSON.stringify(payload) };
    const read = bases.get(ctx);
    if (read) read.set(key, base);
    else bases.set(ctx, new Map([[key, base]]));
  }

  return {
    ...genericAdapter(KIND, artifacts),
    async find(id) {
      const key = sha256(id);
      const artifact = await artifacts.find(KIND, key);
      if (artifact) remember(key, artifact.version, artifact.payload);
      return artifact && withId(artifact, id);
    },
    async findByUid(uid) {
      return (await artifacts.findBy(KIND, 'uid', uid))?.payload;
    },
    async upsert(id, payload, expiresIn) {
      const key = sha256(id);
      // Under which name it lies here: to end it, only its uid is known.
      const mine: Payload = { ...withoutId(payload as Record<string, unknown>), key };
      const base = Provider.ctx && bases.get(Provider.ctx)?.get(key);
      if (base && isTouchOnly(base, mine, expiresIn!)) return;
      let version = base?.version ?? 0;
      let merged = mine;
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        if (await artifacts.swap(KIND, key, version, merged, expiresIn!)) {
          // What a new session's first version is, only the store knows. And after a merge the store knows more than the
          // core: by the old version its next write meets that, and merges again.
          if (version > 0) remember(key, merged === mine ? version + 1 : base!.version, mine);
          return;
        }
        const current = await artifacts.find(KIND, key);
        if (!current) return;
        version = current.version;
        if (base) merged = merge(JSON.parse(base.text), mine, current.payload);
      }
      throw unavailable('the session: too many changes at once');
    },
  };
}

/** What a client is given in a session: the name that it knows it by, and its grant. */
export type Authorization = { sid: string; grantId: string };

/**
 * Names a client's grant in a session, by its uid, where the client has there what was read `before`. False: it has
 * something else by now; undefined: the session has ended.
 */
export async function authorizeInSession(
  artifacts: Artifacts,
  clock: Clock,
  {
    uid,
    clientId,
    before,
    next,
  }: { uid: string; clientId: string; before: Partial<Authorization>; next: Authorization },
): Promise<boolean | undefined> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const session = await artifacts.findBy(KIND, 'uid', uid);
    const left = Number(session?.payload.exp) - seconds(clock);
    if (!session || !(left > 0)) return undefined;
    const { payload, version } = session;
    const authorizations = asMap(payload.authorizations);
    const now = asMap(authorizations[clientId]);
    if (now.grantId !== before.grantId || now.sid !== before.sid) return false;
    if (now.grantId === next.grantId && now.sid === next.sid) return true;
    const changed = { ...payload, authorizations: { ...authorizations, [clientId]: { ...now, ...next } } };
    if (await artifacts.swap(KIND, payload.key as string, version, changed, left)) return true;
  }
  throw unavailable('the session: too many changes at once');
}

/** Ends a session by its uid: whoever has its cookie has nothing. */
export async function destroySession(artifacts: Artifacts, uid: string): Promise<void> {
  const key = (await artifacts.findBy(KIND, 'uid', uid))?.payload.key;
  if (typeof key === 'string') await artifacts.destroy(KIND, key);
}

/** Every use of a session moves its end a little: that alone is not worth a write each time. `ttl` in seconds. */
function isTouchOnly({ exp, iat, text }: Base, mine: Payload, ttl: number): boolean {
  const moved = Number(mine.exp) - Number(exp);
  return moved >= 0 && moved < Math.min(60, ttl / 20) && JSON.stringify({ ...mine, exp, iat }) === text;
}

/**
 * What changed from `base` to `mine`, applied to `theirs`; authorizations client by client. What either has deleted is
 * gone, whatever the other made of it: leaving a client wins over any racing authorization.
 */
export function merge(base: Payload, mine: Payload, theirs: Payload): Payload {
  const { authorizations: _, ...rest } = changes(base, mine, theirs);
  const authorizations = changes(asMap(base.authorizations), asMap(mine.authorizations), asMap(theirs.authorizations));
  return { ...rest, ...(Object.keys(authorizations).length > 0 && { authorizations }) };
}

function changes(base: Payload, mine: Payload, theirs: Payload): Payload {
  const merged = { ...theirs };
  for (const field of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    if (isDeepStrictEqual(base[field], mine[field])) continue;
    const isDeleted = base[field] !== undefined && theirs[field] === undefined;
    if (isDeleted || mine[field] === undefined) delete merged[field];
    else merged[field] = mine[field];
  }
  return merged;
}

const asMap = (value: unknown): Payload => (value ?? {}) as Payload;
