import { type Cache, readThrough } from '../core/cache.ts';
import type { Clock } from '../core/clock.ts';
import { isLoopback } from '../core/loopback.ts';
import type { Store } from '../store/store.ts';
import { tenantRecord } from './record.ts';
import { SLUG } from './slug.ts';
import { openTenant, type Tenant } from './tenant.ts';

/** Milliseconds after which changes by other processes are seen. */
const FRESH_FOR = 1000;
const MAX_TENANTS = 2000;

export type Found = {
  tenant: Tenant;
  /** The path below the issuer, with the query; begins with "/". */
  rest: string;
};
export type Resolver = {
  /**
   * Which tenant a request is for, and the path below its issuer. `null`: no tenant has that issuer. Answers at once
   * (no promise) when the tenant is at hand.
   */
  resolve(host: string, url: string): Found | null | Promise<Found | null>;
  byId(id: string): Promise<Tenant | undefined>;
  /** Whether the host is the installation's own, or that of a tenant. */
  knowsHost(host: string): Promise<boolean>;
  /** Forgets what this process has just changed. */
  drop(id: string, host?: string): void;
};

const PATH = new RegExp(`^/t/(${SLUG})(?=[/?]|$)`);
const INSERTED = new RegExp(
  `^/\\.well-known/(oauth-authorization-server|openid-configuration|ssf-configuration)/t/(${SLUG})/?(?=\\?|$)`,
);
/** Of userinfo, the one resource below an issuer (RFC 9728 3.1). */
const INSERTED_RESOURCE = new RegExp(`^(/\\.well-known/oauth-protected-resource)/t/(${SLUG})(/me)(?=\\?|$)`);

export function createResolver(deps: { store: Store; masterKey: Buffer; baseUrl: string; clock: Clock }): Resolver {
  const base = new URL(deps.baseUrl);
  const records = deps.store.platform(tenantRecord);

  const tenants: Cache<Tenant> = readThrough({
    max: MAX_TENANTS,
    freshFor: FRESH_FOR,
    async load(id, stale) {
      const record = await records.get(id);
      if (!record) return undefined;
      const unchanged = stale?.revision === record.version && deps.clock() < stale.keysValidUntil;
      return unchanged ? stale : openTenant(deps, record, deps.clock());
    },
  });

  const hosts: Cache<{ id: string }> = readThrough({
    max: MAX_TENANTS,
    freshFor: FRESH_FOR,
    async load(host) {
      const record = await records.getBy('host', host);
      return record && { id: record.id };
    },
  });

  // Node by node, a loopback installation is reached at several ports and names: all of them mean this machine.
  const isBaseHost = (host: string) =>
    host === base.host ||
    (isLoopback(base.hostname) && isLoopback(host.replace(/:\d+$/, '')) && !host.includes('.localhost'));

  /** By path only where no own issuer is set: a client must not see two issuers for one tenant. */
  const atBase = (tenant: Tenant | null | undefined, rest: string): Found | null =>
    tenant?.basePath ? { tenant, rest } : null;

  function byPath(id: string, rest: string): Found | null | Promise<Found | null> {
    const known = tenants.peek(id);
    if (known !== undefined) return atBase(known, rest);
    return tenants.get(id).then((tenant) => atBase(tenant, rest));
  }

  async function byHost(host: string, rest: string): Promise<Found | null> {
    const owner = await hosts.get(host);
    const tenant = owner && (await tenants.get(owner.id));
    return tenant && tenant.basePath === '' ? { tenant, rest } : null;
  }

  return {
    resolve(host, url) {
      if (!isBaseHost(host)) {
        const id = hosts.peek(host)?.id;
        const known = id ? tenants.peek(id) : undefined;
        return known?.basePath === '' ? { tenant: known, rest: url } : byHost(host, url);
      }
      const match = PATH.exec(url);
      if (match) {
        const rest = url.slice(match[0].length);
        return byPath(match[1]!, rest.startsWith('/') ? rest : `/${rest}`);
      }
      // RFC 8414 3.1: the well-known part stands before the path of the issuer.
      const inserted = INSERTED.exec(url);
      if (inserted) return byPath(inserted[2]!, `/.well-known/${inserted[1]}`);
      const resource = INSERTED_RESOURCE.exec(url);
      return resource ? byPath(resource[2]!, `${resource[1]}${resource[3]}`) : null;
    },
    byId: (id) => tenants.get(id),
    knowsHost: async (host) => isBaseHost(host) || (await hosts.get(host)) !== undefined,
    drop(id, host) {
      tenants.drop(id);
      if (host) hosts.drop(host);
    },
  };
}
