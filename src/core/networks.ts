import ipaddr from 'ipaddr.js';

export type Networks = (address: string) => boolean;

/** A test whether an address is in one of the CIDRs. Error: a TypeError that names the bad one. */
export function networks(cidrs: readonly string[]): Networks {
  const ranges = cidrs.map((cidr) => {
    try {
      return cidr.includes('/') ? ipaddr.parseCIDR(cidr) : single(cidr);
    } catch {
      throw new TypeError(`"${cidr}" is not a CIDR, e.g. 10.0.0.0/8 or fd00::/8`);
    }
  });
  return (address) => {
    if (ranges.length === 0 || !ipaddr.isValid(address)) return false;
    // ::ffff:10.0.0.1 is 10.0.0.1.
    const parsed = ipaddr.process(address);
    return ranges.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match([range, bits] as never));
  };
}

/**
 * Whether an address is an ordinary one of the public Internet: not private, loopback, link-local, reserved, nor one that
 * has such an address inside it (mapped, compatible, NAT64, 6to4).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  // Of IPv6 only 2000::/3 is given out (RFC 4291 2.4); the rest, ::/96 with its IPv4 addresses too, is "unicast" to ipaddr.js.
  return parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || isGlobalIpv6(address));
}

const isGlobalIpv6 = networks(['2000::/3']);

function single(address: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const parsed = ipaddr.process(address);
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128];
}
