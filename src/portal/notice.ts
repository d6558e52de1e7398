import type { Values } from '../core/messages.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** What was done, in words; `message`: a key of the catalogues. */
export type Notice = { message: string; values?: Values };

const KIND = 'PortalNotice';
/** Seconds: the next page takes it at once. */
const TTL = 60;

/** For the next page of this owner. Not in its address, where anybody could make our pages say it. */
export const leaveNotice = (tenant: Tenant, owner: string, notice: Notice): Promise<void> =>
  tenant.store.artifacts.put(KIND, owner, { notice }, TTL);

/** Once. */
export async function takeNotice({ store }: Tenant, owner: string): Promise<Notice | undefined> {
  const found = await store.artifacts.find(KIND, owner);
  if (!found) return undefined;
  await store.artifacts.destroy(KIND, owner);
  return found.payload.notice as Notice;
}
