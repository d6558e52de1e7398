import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { type Clock, seconds } from './clock.ts';
import { unavailable } from './errors.ts';

/** Seconds: neither tokens with made-up key ids nor a service that is down make us ask more often. */
const COOLDOWN = 60;
const AFTER_FAILURE = 10;

/**
 * The keys at a `jwks_uri` that others chose, for `jwtVerify`: asked for every ten minutes, and when a token names one that is
 * not known. `fetch` says where a request may go, and bounds its time and size. Error `unavailable` where the keys cannot be
 * read; of a token whose key is not there those of `jose`.
 */
export function remoteKeys(fetch: typeof globalThis.fetch, uri: string, clock: Clock): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(uri), { [customFetch]: fetch, cooldownDuration: COOLDOWN * 1000 });
  let failedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;

  return async (header, token) => {
    if (seconds(clock) - failedAt < AFTER_FAILURE) {
      const known = keys.fresh ? keys.jwks() : undefined;
      if (!known) throw unreadable(failure);
      return createLocalJWKSet(known)(header, token);
    }
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      failedAt = seconds(clock);
      failure = error;
      throw unreadable(error);
    }
  };
}

const unreadable = (cause: unknown) => unavailable('the keys of the issuer', cause, AFTER_FAILURE);
