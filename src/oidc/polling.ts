import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { type Clock, seconds } from '../core/clock.ts';
import type { Artifacts } from '../store/artifacts.ts';

/** Seconds between two polls, and by how much each poll that came too soon moves them apart (RFC 8628 3.5). */
const INTERVAL = 5;
/** Seconds that a poll may come early: clocks of nodes differ a little, and so do ways through the network. */
const LEEWAY = 1;
const KIND = 'Poll';

type Poll = { at: number; interval: number };

/**
 * Counts a poll for a request that its user has not answered yet (`key`, which ends in `ttl` seconds). Error `slow_down` for
 * the one that comes too soon: for good, the client has to wait longer between two. Of polls at once one is in time.
 */
export async function countPoll(artifacts: Artifacts, clock: Clock, key: string, ttl: number): Promise<void> {
  const now = seconds(clock);
  const found = await artifacts.find(KIND, key);
  const { at, interval } = (found?.payload as Poll | undefined) ?? { at: 0, interval: INTERVAL };
  const isEarly = now + LEEWAY < at + interval;
  const next: Poll = { at: now, interval: isEarly ? interval + INTERVAL : interval };
  const isCounted = await artifacts.swap(KIND, key, found?.version ?? 0, next, ttl);
  if (isEarly || !isCounted) throw new errors.SlowDown();
}

/** RFC 8628 3.2, CIBA Core 7.3: said, although it is the default. */
export async function sayInterval(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const body = ctx.body as object | undefined;
  const begins = ctx.oidc?.route === 'device_authorization' || ctx.oidc?.route === 'backchannel_authentication';
  if (begins && ctx.status === 200 && body) ctx.body = { ...body, interval: INTERVAL };
}
