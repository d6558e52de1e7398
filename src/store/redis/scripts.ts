/**
 * Each verb that is more than one command is one script, so that it is one step. All keys of a call lie in one slot (the
 * tenant is the hash tag), those too that a script derives itself. Time is the server's: every node sees the same.
 *
 * An artifact is a hash: payload, version, consumed, uid and user code ('' where absent). The pointers from uid and user code
 * may name what is gone or has changed: who follows one checks.
 */

const write = `
  local artifact, revoked, byUid, byUserCode = unpack(KEYS)
  local id, payload, ttl, grantId, uid, userCode, first, expected = unpack(ARGV)
  ttl = tonumber(ttl)
  -- What is there already of a revoked grant is worth nothing without it: only what is new must be refused.
  local isNew = expected == 'any' or expected == '0'
  if isNew and grantId ~= '' and redis.call('EXISTS', revoked) == 1 then return -1 end

  local version = redis.call('HGET', artifact, 'version')
  if expected ~= 'any' and (version or '0') ~= expected then return 0 end
  version = version and string.format('%.0f', version + 1) or first
  -- The first write of the script: a full Redis refuses it, and then nothing has changed.
  redis.call('HSET', artifact, 'payload', payload, 'version', version, 'uid', uid, 'userCode', userCode)
  redis.call('PEXPIRE', artifact, ttl)
  if expected == 'any' then redis.call('HDEL', artifact, 'consumed') end

  if uid ~= '' then redis.call('SET', byUid, id, 'PX', ttl) end
  if userCode ~= '' then redis.call('SET', byUserCode, id, 'PX', ttl) end
  return 1`;

const findBy = `
  local id = redis.call('GET', KEYS[1])
  if not id then return nil end
  local prefix, field, value = unpack(ARGV)
  local found = redis.call('HMGET', prefix .. id, 'payload', 'version', 'consumed', field)
  if found[4] ~= value then return nil end
  return found`;

const consume = `
  if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
  if redis.call('HSETNX', KEYS[1], 'consumed', redis.call('TIME')[1]) == 0 then return 0 end
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  return 1`;

/** What the grant has already is worth nothing without it, and ends by itself. */
const revokeGrant = `
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], 1, 'PX', ARGV[1]) end`;

const increment = `
  local count = redis.call('INCRBY', KEYS[1], ARGV[2])
  if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return { count, redis.call('PTTL', KEYS[1]) }`;

/** A marker in place of whatever is there; one that is nobody's (`w`) where another writer's is. */
const copyMark = `
  local held = redis.call('GET', KEYS[1])
  redis.call('SET', KEYS[1], held and held:sub(1, 1) == 'w' and 'w' or ARGV[1], 'PX', ARGV[2])`;

/** The value ('': nothing) in place of one's own lease or marker; where it is gone, a marker if there is to be one. */
const copyReplace = `
  local own, value, ttl, marked = unpack(ARGV)
  if redis.call('GET', KEYS[1]) ~= own then
    if marked ~= '' then redis.call('SET', KEYS[1], 'w', 'PX', marked) end
  elseif value == '' then redis.call('UNLINK', KEYS[1])
  else redis.call('SET', KEYS[1], value, 'PX', ttl) end`;

/** For ioredis: loaded once a connection, then called by hash. */
export const scripts = {
  ghWrite: { numberOfKeys: 4, lua: write },
  ghFindBy: { numberOfKeys: 1, lua: findBy },
  ghConsume: { numberOfKeys: 1, lua: consume },
  ghRevokeGrant: { numberOfKeys: 1, lua: revokeGrant },
  ghIncrement: { numberOfKeys: 1, lua: increment },
  ghCopyMark: { numberOfKeys: 1, lua: copyMark },
  ghCopyReplace: { numberOfKeys: 1, lua: copyReplace },
};

type Text = string | number;
type Found = (string | null)[];

/** The scripts as commands, keys first. */
export type ScriptCommands = {
  /** 1: written; 0: another version; -1: the grant is revoked. */
  ghWrite(...keysAndArguments: Text[]): Promise<number>;
  ghFindBy(pointer: string, prefix: string, field: string, value: string): Promise<Found | null>;
  ghConsume(artifact: string): Promise<number>;
  ghRevokeGrant(revoked: string, ttl: number): Promise<null>;
  /** Count, and milliseconds left. */
  ghIncrement(key: string, ttl: number, by: number): Promise<[number, number]>;
  ghCopyMark(place: string, marker: string, ttl: number): Promise<null>;
  ghCopyReplace(place: string, own: string, value: string, ttl: number, marked: number | ''): Promise<null>;
};
