import type { Tenant } from '../tenants/tenant.ts';

/**
 * Where the pages of an interaction are: what is asked now or, with `step`, where the answer goes. The query names the client
 * to return to, for when the interaction is over and nothing else is known any more.
 */
export const interactionPath = (tenant: Tenant, uid: string, query: Record<string, string>, step?: string): string =>
  `${tenant.basePath}/interaction/${encodeURIComponent(uid)}${step ? `/${step}` : ''}?${new URLSearchParams(query)}`;
