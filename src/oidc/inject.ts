import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type Provider from 'oidc-provider';

/** Asks the protocol core for a document without a network, as the issuer's own host. Returns the JSON text. */
export function inject(provider: Provider, path: string): Promise<string> {
  const issuer = new URL(provider.issuer);
  const req: IncomingMessage = Object.assign(new IncomingMessage(new Socket()), {
    method: 'GET',
    url: path,
    baseUrl: issuer.pathname === '/' ? '' : issuer.pathname,
    headers: { host: issuer.host, 'x-forwarded-proto': issuer.protocol.slice(0, -1) },
  });
  const res = new ServerResponse(req);
  return new Promise((resolve, reject) => {
    res.end = (body?: unknown) => {
      if (res.statusCode === 200) resolve(String(body));
      else reject(new Error(`${path} answered ${res.statusCode}`));
      return res;
    };
    provider.callback()(req, res).catch(reject);
  });
}
