import { request } from 'node:http';
import { Readable } from 'node:stream';

/** `fetch` that goes to this port of this machine, whatever host the address names, as a proxy with TLS in front would. */
export const byHost =
  (port: number): typeof fetch =>
  (input, init) => {
    const url = new URL(String(input));
    const headers = {
      ...(init?.headers as Record<string, string>),
      ...(init?.body instanceof URLSearchParams && { 'content-type': 'application/x-www-form-urlencoded' }),
      host: url.host,
      'x-forwarded-proto': url.protocol.slice(0, -1),
    };
    const options = {
      host: '127.0.0.1',
      port,
      path: url.pathname + url.search,
      method: init?.method ?? 'GET',
      headers,
    };
    return new Promise((resolve, reject) => {
      const req = request(options, (res) => {
        const answered = new Headers();
        for (let i = 0; i < res.rawHeaders.length; i += 2) answered.append(res.rawHeaders[i]!, res.rawHeaders[i + 1]!);
        resolve(new Response(Readable.toWeb(res) as ReadableStream, { status: res.statusCode!, headers: answered }));
      });
      req.once('error', reject);
      req.end(init?.body ? String(init.body) : undefined);
    });
  };
