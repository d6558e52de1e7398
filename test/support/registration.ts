import type { Tenant } from '../../src/tenants/tenant.ts';
import type { Answer, Fields } from './raw-client.ts';
import { CALLBACK } from './relying-party.ts';

/** A client's half of RFC 7591 and RFC 7592 by hand: it sends what a test wants sent. */

export const WEB = { redirect_uris: [CALLBACK], client_name: 'Notes' };

/** `body` undefined: none. */
export async function call(
  url: string,
  method: string,
  token?: string,
  body?: unknown,
  headers: Fields = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
}

export const register = (tenant: Pick<Tenant, 'issuer'>, metadata: unknown = WEB, token?: string) =>
  call(`${tenant.issuer}/reg`, 'POST', token, metadata);

/** The registration of which that was the answer: what is done to it goes by its newest token. */
export function managed({ body }: Pick<Answer, 'body'>) {
  let token = body.registration_access_token as string;
  const url = body.registration_client_uri as string;
  return {
    url,
    token: () => token,
    read: () => call(url, 'GET', token),
    async replace(metadata: object) {
      const answer = await call(url, 'PUT', token, { client_id: body.client_id, ...metadata });
      if (answer.status === 200) token = answer.body.registration_access_token;
      return answer;
    },
    remove: () => call(url, 'DELETE', token),
  };
}
