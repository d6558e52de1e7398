import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Networks } from '../core/networks.ts';
import { peerOf } from './client-address.ts';

/**
 * The certificate of who calls: the one of the connection itself, or what a trusted proxy says in `header` (lower case)
 * of the connection that it ended. From anybody else the header is hearsay. Undefined where there is none, or it is no
 * certificate.
 */
export function createClientCertificate(deps: { isProxy: Networks; header: string | undefined }) {
  const known = new WeakMap<IncomingMessage, X509Certificate | undefined>();

  function read(req: IncomingMessage): X509Certificate | undefined {
    if ('getPeerX509Certificate' in req.socket) return (req.socket as TLSSocket).getPeerX509Certificate();
    if (deps.header === undefined || !deps.isProxy(peerOf(req))) return undefined;
    const value = req.headers[deps.header];
    return typeof value === 'string' ? fromHeader(value) : undefined;
  }

  return (req: IncomingMessage): X509Certificate | undefined => {
    if (!known.has(req)) known.set(req, read(req));
    return known.get(req);
  };
}

/**
 * As proxies write it: DER in base64 between colons (RFC 9440), or bare (Traefik), or PEM, percent-encoded (nginx, HAProxy).
 */
function fromHeader(value: string): X509Certificate | undefined {
  try {
    const text = value.includes('%') ? decodeURIComponent(value) : value;
    if (text.startsWith('-----BEGIN')) return new X509Certificate(text);
    const base64 = text.replace(/^:(.*):$/, '$1');
    return /^[A-Za-z0-9+/=]+$/.test(base64) ? new X509Certificate(Buffer.from(base64, 'base64')) : undefined;
  } catch {
    return undefined;
  }
}
