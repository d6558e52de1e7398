import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { type Budget, spend } from '../../risk/budget.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { pendingOf } from './pending.ts';

const HOUR = 3600;
/** Names that nobody has, of one client in an hour. */
const MAX_UNKNOWN = 100;

const pauseKey = (accountId: string, clientId: string) => `ciba pause ${accountId} ${clientId}`;

/**
 * Refuses who asks a user too much (CIBA Core 14): while another request waits, after a no, or too often. Error
 * `temporarily_unavailable` (429), the same for each reason: whom others ask is not told.
 */
export async function refuseSpam(
  tenant: Tenant,
  ctx: KoaContextWithOIDC,
  { accountId, now }: { accountId: string; now: number },
): Promise<void> {
  const { ciba } = tenant.settings.protocol;
  const { clientId } = ctx.oidc.client!;
  const [pause, pending] = await Promise.all([
    tenant.store.artifacts.count(pauseKey(accountId, clientId)),
    pendingOf(tenant, accountId, now),
  ]);
  if (pause.count > 0) throw tooMany(ctx, pause.resetsIn);
  if (pending.length >= ciba.pending_per_user) throw tooMany(ctx, pending[0]!.expiresAt - now);
  await take(tenant, ctx, [
    { name: 'ciba user', of: [accountId], max: ciba.hourly_per_user, window: HOUR },
    { name: 'ciba client', of: [clientId], max: ciba.hourly_per_client, window: HOUR },
  ]);
}

/** A client may be wrong about its users, but it shall not find out who has an account. The same error. */
export const countUnknown = (tenant: Tenant, ctx: KoaContextWithOIDC): Promise<void> =>
  take(tenant, ctx, [{ name: 'ciba unknown', of: [ctx.oidc.client!.clientId], max: MAX_UNKNOWN, window: HOUR }]);

/** After a no the client may not ask the same user for a while. */
export async function pause(tenant: Tenant, accountId: string, clientId: string): Promise<void> {
  const { refused_pause } = tenant.settings.protocol.ciba;
  if (refused_pause > 0) await tenant.store.artifacts.increment(pauseKey(accountId, clientId), refused_pause);
}

async function take(tenant: Tenant, ctx: KoaContextWithOIDC, budgets: Budget[]): Promise<void> {
  const spent = await spend(tenant, budgets);
  if (!spent.allowed) throw tooMany(ctx, spent.retryAfter);
}

export function tooMany(ctx: KoaContextWithOIDC, retryAfter: number): Error {
  ctx.set('Retry-After', String(Math.max(1, retryAfter)));
  const description = 'this user cannot be asked now, try again later';
  const error = new errors.CustomOIDCProviderError('temporarily_unavailable', description);
  return Object.assign(error, { status: 429, statusCode: 429 });
}
