import type Provider from 'oidc-provider';
import { sha256 } from '../core/hashing.ts';
import { JWKS_MAX_AGE } from '../tenants/keys.ts';
import { inject } from './inject.ts';

/** A public document, ready to be sent. */
export type Document = { body: Buffer; headers: Record<string, string> };

/** By path below the issuer. Rendered by the protocol core, so that they always say what it does. */
export type Documents = Record<string, Document>;

const JSON_TYPE = 'application/json; charset=utf-8';
const DISCOVERY = '/.well-known/openid-configuration';

/**
 * Discovery (OpenID Connect Discovery 1.0, RFC 8414) and JWKS: the same until the tenant changes. `more`: JSON documents that
 * follow from what discovery says.
 */
export async function renderDocuments(
  provider: Provider,
  more: (discovery: Record<string, unknown>) => Record<string, object> = () => ({}),
): Promise<Documents> {
  const [discovery, jwks] = await Promise.all([inject(provider, DISCOVERY), inject(provider, '/jwks')]);
  const metadata = document(discovery, JSON_TYPE);
  const others = Object.entries(more(JSON.parse(discovery)));
  return {
    [DISCOVERY]: metadata,
    '/.well-known/oauth-authorization-server': metadata,
    ...Object.fromEntries(others.map(([path, said]) => [path, document(JSON.stringify(said), JSON_TYPE)])),
    '/jwks': document(jwks, 'application/jwk-set+json; charset=utf-8'),
  };
}

function document(text: string, type: string): Document {
  const body = Buffer.from(text);
  return {
    body,
    headers: {
      'content-type': type,
      'content-length': String(body.length),
      'cache-control': `public, max-age=${JWKS_MAX_AGE}`,
      etag: `"${sha256(text).slice(0, 22)}"`,
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    },
  };
}
