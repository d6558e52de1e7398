import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Networks } from '../core/networks.ts';

export type Origin = { ip: string; host: string; protocol: string };

/**
 * Where a request comes from and which host it is for. Forwarded headers count only when the socket's other end is a
 * trusted proxy.
 */
export function originOf(req: IncomingMessage, isProxy: Networks): Origin {
  const peer = peerOf(req);
  const host = req.headers.host ?? '';
  const protocol = 'encrypted' in req.socket ? 'https' : 'http';
  if (!isProxy(peer)) return { ip: peer, host: canonical(host, protocol), protocol };
  const forwarded = list(req.headers['x-forwarded-proto']).at(-1) ?? protocol;
  return {
    ip: clientOf(peer, list(req.headers['x-forwarded-for']).map(address), isProxy),
    host: canonical(list(req.headers['x-forwarded-host']).at(-1) ?? host, forwarded),
    protocol: forwarded,
  };
}

/** The address at the other end of the connection. */
export const peerOf = (req: IncomingMessage): string => address(req.socket.remoteAddress ?? '');

/** The last hop that is not a proxy of ours: what stands before it is hearsay, and so is what stands before a word. */
function clientOf(peer: string, hops: string[], isProxy: Networks): string {
  let nearest = peer;
  for (const hop of hops.reverse()) {
    if (!isIP(hop)) break;
    nearest = hop;
    if (!isProxy(hop)) break;
  }
  return nearest;
}

/** RFC 9110 4.2.3: case does not matter, and neither does the scheme's own port. */
const canonical = (host: string, protocol: string): string =>
  host.toLowerCase().replace(protocol === 'https' ? /:443$/ : /:80$/, '');

const list = (header: string | string[] | undefined): string[] =>
  String(header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

/** Without the port that some proxies add, new at each connection; ::ffff:192.0.2.1 is 192.0.2.1. */
const address = (text: string): string =>
  text.replace(/^\[(.+)\](:\d+)?$|^([\d.]+):\d+$/, '$1$3').replace(/^::ffff:(?=[\d.]+$)/, '');
