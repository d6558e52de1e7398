import ipaddr from 'ipaddr.js';
import { isPublicAddress } from '../../core/networks.ts';
import { type CountryTable, readCountryTable } from './table.ts';

/** `country`: ISO 3166-1 alpha-2. */
export type Place = { country?: string };

// Read at the first question: a process that is asked none (the command line) does not pay for it.
let table: CountryTable | undefined;

/** Where the operator of an address's network is registered. Nothing for addresses that are not of the public Internet. */
export function placeOf(ip: string): Place {
  const country = isPublicAddress(ip) ? countryOf(ip) : undefined;
  return country === undefined ? {} : { country };
}

function countryOf(ip: string): string | undefined {
  table ??= readCountryTable();
  const address = ipaddr.process(ip);
  const bytes = Buffer.from(address.toByteArray());
  return address.kind() === 'ipv4' ? table.v4(bytes.readUInt32BE()) : table.v6(bytes.readBigUInt64BE());
}
