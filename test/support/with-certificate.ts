import { Agent, fetch as undiciFetch } from 'undici';
import type { Certified } from './certificate.ts';

/**
 * A `fetch` that shows a certificate to servers which ask for one, and trusts the server certified by `server`. `close` ends
 * its connections.
 */
export function withCertificate(client: Pick<Certified, 'cert' | 'key'> | undefined, server: string) {
  const dispatcher = new Agent({ connect: { ca: server, ...(client && { cert: client.cert, key: client.key }) } });
  const send = ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
  return Object.assign(send, { close: () => dispatcher.close() });
}
