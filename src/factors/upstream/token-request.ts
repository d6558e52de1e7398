import { z } from 'zod';
import type { Tenant } from '../../tenants/tenant.ts';
import { askJson } from './ask.ts';
import { clientAuth } from './client-auth.ts';
import { type Connection, callbackUri } from './connection.ts';
import { quoted, Refusal } from './refusal.ts';

const schema = z.looseObject({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  id_token: z.string().optional(),
});
export type Tokens = z.output<typeof schema>;

/** `endpoint`, and `audience` for client assertions. Refused as `unavailable`, `token_refused`, `response_invalid`. */
export async function redeemCode(
  fetch: typeof globalThis.fetch,
  tenant: Tenant,
  connection: Connection,
  { endpoint, audience }: { endpoint: string; audience: string },
  { code, verifier }: { code: string; verifier: string },
  now: number,
): Promise<Tokens> {
  const { headers, params } = await clientAuth(tenant, connection, audience, now);
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: callbackUri(tenant, connection.id),
    code_verifier: verifier,
    ...params,
  });
  const { status, body } = await askJson(fetch, 'the token endpoint', endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: form.toString(),
  });
  const error = (body as { error?: unknown } | null)?.error;
  // GitHub refuses with status 200.
  if (error !== undefined)
    throw new Refusal('token_refused', `the token endpoint answered ${status}, ${quoted(error)}`);
  const parsed = schema.safeParse(body);
  if (status !== 200 || !parsed.success)
    throw new Refusal('response_invalid', `the token endpoint answered ${status}, not with a bearer token`);
  return parsed.data;
}
