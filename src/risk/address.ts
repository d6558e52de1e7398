import ipaddr from 'ipaddr.js';

/** What one subscriber holds: an IPv4 address, or the /64 of an IPv6 address, within which anyone can change at will. */
export function subscriberOf(ip: string): string {
  const address = parsed(ip);
  if (!address) return ip;
  return address.kind() === 'ipv4' ? address.toString() : prefixOf(address, 4);
}

/** What one site or small provider holds: the /24 of an IPv4 address, the /48 of an IPv6 address. */
export function networkOf(ip: string): string {
  const address = parsed(ip);
  if (!address) return ip;
  if (address.kind() === 'ipv6') return prefixOf(address, 3);
  return `${address.toByteArray().slice(0, 3).join('.')}.0/24`;
}

const parsed = (ip: string) => (ipaddr.isValid(ip) ? ipaddr.process(ip) : undefined);

function prefixOf(address: ipaddr.IPv4 | ipaddr.IPv6, parts: number): string {
  const prefix = (address as ipaddr.IPv6).parts.slice(0, parts).map((part) => part.toString(16));
  return `${prefix.join(':')}::/${parts * 16}`;
}
