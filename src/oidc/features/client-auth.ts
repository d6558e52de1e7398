import type { KoaContextWithOIDC } from 'oidc-provider';

type Metadata = Record<string, unknown>;

/** Endpoints where clients authenticate as at the token endpoint (RFC 7009 2.1, RFC 7662 2.1). */
const LIKE_TOKEN = ['revocation', 'introspection'];

/**
 * RFC 8414 2: a document that is silent of how clients authenticate for a revocation says `client_secret_basic`, and names
 * the algorithms wherever it names a method with a JWT. 3.2: what has no value is left out.
 */
export async function sayClientAuth(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.oidc?.route !== 'discovery') return;
  const said = ctx.body as Metadata;
  for (const endpoint of LIKE_TOKEN) {
    said[`${endpoint}_endpoint_auth_methods_supported`] = said.token_endpoint_auth_methods_supported;
    said[`${endpoint}_endpoint_auth_signing_alg_values_supported`] =
      said.token_endpoint_auth_signing_alg_values_supported;
  }
  if (isEmpty(said.request_object_encryption_alg_values_supported))
    delete said.request_object_encryption_enc_values_supported;
  for (const [name, value] of Object.entries(said)) if (isEmpty(value)) delete said[name];
}

/** What the core calls a bad request, and RFC 6749 5.2 (RFC 7662 2.3, CIBA Core 13) otherwise. */
const REFUSALS: [said: RegExp, status: number, error: string][] = [
  [/^no client authentication mechanism provided$/, 401, 'invalid_client'],
  [/^(requested grant type|urn:[\w:-]+) is not allowed for this client$/, 400, 'unauthorized_client'],
];

export async function nameClientRefusals(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const { error, error_description } = (ctx.body ?? {}) as { error?: string; error_description?: string };
  if (error !== 'invalid_request' || !error_description) return;
  const refusal = REFUSALS.find(([said]) => said.test(error_description));
  if (!refusal) return;
  ctx.status = refusal[1];
  ctx.body = { error: refusal[2], error_description };
}

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;
