import Provider, { type Adapter, errors } from 'oidc-provider';
import type { Clock } from '../../core/clock.ts';
import { sha256 } from '../../core/hashing.ts';
import type { Artifacts, Payload } from '../../store/artifacts.ts';
import { parseRefreshToken } from '../token-ids.ts';
import { genericAdapter, putToken, revokeGrant, withoutId } from './generic.ts';

const KIND = 'RefreshToken';

type Chain = Payload & { generation: number; rotatedAt: number };

/**
 * A chain of refresh tokens is one artifact that holds the live generation. Rotation is one compare-and-swap which
 * consumes the old token and stores its successor together: no crash can fall between, and of many racers one writes.
 * The successor is derived, not random, so that a client that lost the answer gets the same one again within the leeway
 * (seconds). Any other generation that is authentic was used before: the core then revokes the whole grant.
 */
export function refreshTokenAdapter(deps: {
  artifacts: Artifacts;
  key: Buffer;
  leeway: number;
  clock: Clock;
}): Adapter {
  const { artifacts, key, leeway, clock } = deps;

  /** What each request read: the swap that ends it tells whether that is still so. */
  const known = new WeakMap<object, { id: string; version: number; payload: Chain }>();

  const find = async (id: string) => {
    const artifact = await artifacts.find(KIND, sha256(id));
    const chain = artifact && { id, version: artifact.version, payload: artifact.payload as Chain };
    if (chain && Provider.ctx) known.set(Provider.ctx, chain);
    return chain;
  };
  const recall = (id: string) => {
    const chain = Provider.ctx && known.get(Provider.ctx);
    return chain?.id === id ? chain : find(id);
  };
  /** Whether `generation` is the one before the live one, rotated away a moment ago. */
  const isRetry = (chain: Chain, generation: number) =>
    generation === chain.generation - 1 && clock() - chain.rotatedAt <= leeway * 1000 && leeway > 0;

  async function reuse(chain: Chain): Promise<never> {
    await revokeGrant(artifacts, chain.grantId);
    throw new errors.InvalidGrant('refresh token already used');
  }

  return {
    ...genericAdapter(KIND, artifacts),
    async find(token) {
      const wanted = parseRefreshToken(key, token);
      const chain = wanted && (await find(wanted.chain));
      if (!wanted || !chain || wanted.generation > chain.payload.generation) return undefined;
      const { generation, rotatedAt, ...payload } = chain.payload;
      const usable = wanted.generation === generation || isRetry(chain.payload, wanted.generation);
      return { ...payload, jti: token, ...(!usable && { consumed: Math.floor(rotatedAt / 1000) }) };
    },

    async upsert(token, payload, expiresIn) {
      const wanted = parseRefreshToken(key, token);
      if (!wanted) throw new Error('not a refresh token of this tenant');
      const { chain: id, generation } = wanted;
      const next = { ...withoutId(payload as Record<string, unknown>), generation, rotatedAt: clock() };
      if (generation === 0) return putToken(artifacts, KIND, sha256(id), next, expiresIn!);

      const chain = await recall(id);
      if (!chain) throw new errors.InvalidGrant('refresh token was revoked');
      const isNext = chain.payload.generation === generation - 1;
      if (isNext && (await artifacts.swap(KIND, sha256(id), chain.version, next, expiresIn!))) return;
      const now = isNext ? await find(id) : chain;
      if (!now) throw new errors.InvalidGrant('refresh token was revoked');
      // A racer or an earlier try has stored this very successor.
      if (now.payload.generation === generation && isRetry(now.payload, generation - 1)) return;
      await reuse(now.payload);
    },

    /** Nothing: the successor's write consumes its predecessor. */
    async consume() {},

    async destroy(token) {
      const wanted = parseRefreshToken(key, token);
      if (wanted) await artifacts.destroy(KIND, sha256(wanted.chain));
    },
  };
}
