import type { IncomingMessage } from 'node:http';
import type { Tenant } from '../tenants/tenant.ts';

/** `path`: what stands before the protocol's own paths. */
export type Address = { host: string; protocol: string; path: string };

const addresses = new WeakMap<Tenant, Address>();

/**
 * The request as the issuer's own host and path would have had it: what the core makes of it (links, cookies, the
 * client's address) then follows from what is stored, not from what was sent.
 */
export function makeCanonical(
  req: IncomingMessage,
  tenant: Tenant,
  rest: string,
  ip: string,
  { host, protocol, path }: Address = addressOf(tenant),
): void {
  (req as { baseUrl?: string }).baseUrl = path;
  req.url = rest;
  req.headers.host = host;
  req.headers['x-forwarded-proto'] = protocol;
  req.headers['x-forwarded-for'] = ip;
  // A delete of what is not there would slow every later look into the headers.
  if (req.headers['x-forwarded-host'] !== undefined) delete req.headers['x-forwarded-host'];
}

function addressOf(tenant: Tenant): Address {
  let address = addresses.get(tenant);
  if (!address) {
    const { host, protocol } = new URL(tenant.issuer);
    address = { host, protocol: protocol.slice(0, -1), path: tenant.basePath };
    addresses.set(tenant, address);
  }
  return address;
}
