import { oneTime } from '../../factors/one-time.ts';
import type { UpstreamIdentity } from '../../factors/upstream/identity.ts';
import type { Tenant } from '../../tenants/tenant.ts';

/** Seconds, as a sign-in. */
const TTL = 3600;

/** Who came back from an upstream and has to prove something before that is an account. Kept on the server alone. */
export type Waiting = { identity: UpstreamIdentity } & (
  | { for: 'email'; email: string /** When another code may be sent, seconds since the epoch. */; again: number }
  | { for: 'account'; email: string; accountId: string }
);

const store = (tenant: Tenant) => oneTime<{ waiting: Waiting }>(tenant, 'UpstreamWaiting', TTL);

/** One for each sign-in: who comes back anew, waits instead. */
export async function wait(tenant: Tenant, uid: string, waiting: Waiting): Promise<void> {
  const { idOf, put } = store(tenant);
  await put(idOf(uid), { waiting });
}

export async function findWaiting<For extends Waiting['for']>(
  tenant: Tenant,
  uid: string,
  what: For,
): Promise<(Extract<Waiting, { for: For }> & { end: () => Promise<boolean> }) | undefined> {
  const { idOf, find, end } = store(tenant);
  const place = idOf(uid);
  const found = await find(place);
  if (found?.content.waiting.for !== what) return undefined;
  const waiting = found.content.waiting as Extract<Waiting, { for: For }>;
  return { ...waiting, end: () => end(place, found.version) };
}
