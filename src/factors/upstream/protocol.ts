import type { Tenant } from '../../tenants/tenant.ts';
import type { Connection } from './connection.ts';
import type { Flow } from './flow.ts';
import type { UpstreamIdentity } from './identity.ts';

/** What the request to the upstream asks for besides, as far as its protocol can. `maxAge`: seconds. */
export type Wishes = { loginHint?: string; prompt?: string; acrValues?: string; maxAge?: number };

/** How one talks to an upstream. Both throw `Refusal`. */
export type Protocol = {
  /** Where the browser goes. */
  url(tenant: Tenant, connection: Connection, state: string, wishes: Wishes): Promise<string>;
  /** Who came back. The state of `params` was checked. */
  identify(
    tenant: Tenant,
    connection: Connection,
    params: URLSearchParams,
    state: string,
    flow: Flow,
  ): Promise<UpstreamIdentity>;
};
