import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPublicAddress, type Networks } from './networks.ts';

/** Asks for all addresses of a name: `dns.lookup`. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Whether a connection that others asked for may go to the address: a public one, or in a network the operator opened. */
export const mayReach = (address: string, allowed: Networks): boolean => isPublicAddress(address) || allowed(address);

/**
 * A lookup for connections to hosts that others chose: every address of the name must be one that may be reached, else it
 * fails. Who connects to what it gives connects to what was checked, so a name that changes its mind (DNS rebinding) gains
 * nothing.
 */
export const guardedLookup =
  (allowed: Networks, lookup: Lookup = dnsLookup): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const forbidden = addresses.length === 0 || addresses.some(({ address }) => !mayReach(address, allowed));
      if (forbidden) return callback(notPublic(hostname), '', 0);
      if (options.all) return callback(null, addresses);
      callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };

export const notPublic = (host: string) => new TypeError(`${host} is not a public address`);
