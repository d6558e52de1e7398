import { Pool } from 'undici';
import { CONCURRENCY } from './scenario.ts';

export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string };
type Request = { method?: 'GET' | 'POST'; form?: Record<string, string>; headers?: Record<string, string> };
export type Client = (url: string, request?: Request) => Promise<Answer>;

/** Requests over keep-alive connections, one for each worker. */
export function createClient(origin: string): { request: Client; close(): Promise<void> } {
  const pool = new Pool(origin, { connections: CONCURRENCY, pipelining: 1 });
  return {
    async request(url, { method, form, headers = {} } = {}) {
      const { pathname, search } = new URL(url);
      const answer = await pool.request({
        path: pathname + search,
        method: method ?? (form ? 'POST' : 'GET'),
        headers: form ? { ...headers, 'content-type': 'application/x-www-form-urlencoded' } : headers,
        body: form ? new URLSearchParams(form).toString() : null,
      });
      return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
    },
    close: () => pool.close(),
  };
}

export const basic = (client: { client_id: string; client_secret: string }) => ({
  authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`,
});

/** What a client says of itself beside the form: its secret, where it has one. */
export const authenticates = ({ client_id, client_secret }: { client_id: string; client_secret?: string }) =>
  client_secret === undefined ? {} : basic({ client_id, client_secret });
/** And within it. */
export const names = ({
  client_id,
  client_secret,
}: {
  client_id: string;
  client_secret?: string;
}): Record<string, string> => (client_secret === undefined ? { client_id } : {});
