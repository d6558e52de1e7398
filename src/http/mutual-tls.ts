import type { Found, Resolver } from '../tenants/resolver.ts';
import { SLUG } from '../tenants/slug.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Address } from './canonical.ts';
import { isDocument, isForPrograms } from './protocol-routes.ts';

/** Where callers with certificates go: `<url>/t/<tenant>/token`, also for a tenant with a domain of its own. */
export type MutualTlsAddress = {
  isFor(host: string): boolean;
  /** `null` for what is no endpoint of a tenant that programs call. */
  resolve(url: string): Promise<Found | null>;
  /** What its links and proofs of possession name, by the tenant. */
  addressOf(tenant: Tenant): Address;
};

const PATH = new RegExp(`^/t/(${SLUG})(/[^?]+)`);

/** Not the core's: they are answered beside the pages. Registration, and the APIs that take tokens of clients. */
const OWN = /^\/(reg(\/[^/]+)?|(ssf|grants)(\/[^/]+)*)$/;

export function createMutualTlsAddress(url: string, resolver: Pick<Resolver, 'byId'>): MutualTlsAddress {
  const { host } = new URL(url);
  return {
    isFor: (asked) => asked === host,
    async resolve(asked) {
      const [, id, path] = PATH.exec(asked) ?? [];
      if (!id || !path || !(isForPrograms(path) || OWN.test(path)) || isDocument(path)) return null;
      const tenant = await resolver.byId(id);
      return tenant ? { tenant, rest: asked.slice(`/t/${id}`.length) } : null;
    },
    addressOf: ({ id }) => ({ host, protocol: 'https', path: `/t/${id}` }),
  };
}
