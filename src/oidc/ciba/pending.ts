import type { Facts } from '../../journey/facts.ts';
import type { Consented } from '../../privacy/consents.ts';
import type { Origin } from '../../sessions/record.ts';
import type { Payload } from '../../store/artifacts.ts';
import type { Tenant } from '../../tenants/tenant.ts';

/** A request to sign in that waits for its user, as they are asked. */
export type PendingRequest = {
  /** For the form that answers it; worth nothing to anybody else. */
  id: string;
  /** What the client polls with, sealed. */
  sealed: string;
  clientId: string;
  /** What the client shows its user besides, to be compared (CIBA Core 7.1). */
  bindingMessage?: string | undefined;
  wanted: Consented;
  /** Authorization details (RFC 9396). */
  details: { type: string; [field: string]: unknown }[];
  /** What it takes to say yes. */
  request: Facts['request'];
  origin: Origin;
  /** Seconds since the epoch. */
  at: number;
  expiresAt: number;
};

const KIND = 'PendingRequests';
const MAX_TRIES = 50;

/** The requests that wait for a user, the oldest first. `now`: seconds. */
export async function pendingOf(tenant: Tenant, accountId: string, now: number): Promise<PendingRequest[]> {
  return live(await tenant.store.artifacts.find(KIND, accountId), now);
}

/** False where the user has as many as the tenant lets wait at a time: of requests at once no more are added. */
export async function addPending(
  tenant: Tenant,
  accountId: string,
  request: PendingRequest,
  now: number,
): Promise<boolean> {
  const { pending_per_user } = tenant.settings.protocol.ciba;
  return change(tenant, accountId, now, (all) => (all.length < pending_per_user ? [...all, request] : undefined));
}

export async function removePending(tenant: Tenant, accountId: string, id: string, now: number): Promise<void> {
  await change(tenant, accountId, now, (all) => all.filter((one) => one.id !== id));
}

async function change(
  { store: { artifacts } }: Tenant,
  accountId: string,
  now: number,
  change: (all: PendingRequest[]) => PendingRequest[] | undefined,
): Promise<boolean> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await artifacts.find(KIND, accountId);
    const requests = change(live(found, now));
    if (!requests) return false;
    const ttl = Math.max(1, ...requests.map(({ expiresAt }) => expiresAt - now));
    if (await artifacts.swap(KIND, accountId, found?.version ?? 0, { requests }, ttl)) return true;
  }
  return false;
}

const live = (found: { payload: Payload } | undefined, now: number): PendingRequest[] =>
  ((found?.payload.requests ?? []) as PendingRequest[]).filter(({ expiresAt }) => expiresAt > now);
