import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { scopeName } from './scope-name.ts';
import { shownName } from './shown-name.ts';
import { ENCRYPTION_ALGS, SIGNING_ALGS } from './signing.ts';

export const resourceIndicator = z
  .string()
  .max(2048)
  .refine(
    (value) => URL.canParse(value) && !value.includes('#'),
    'must be an absolute URI without a fragment (RFC 8707 2)',
  );

const CONTENT_ALGS = ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'] as const;

const tokenEncryption = z.strictObject({
  alg: z.enum(ENCRYPTION_ALGS),
  enc: z.enum(CONTENT_ALGS).default('A256GCM'),
  jwk: z.record(z.string(), z.unknown()).refine(isPublicKey, 'must be a public key as a JWK (RFC 7517)'),
});

const resource = z.strictObject({
  indicator: resourceIndicator,
  name: shownName.optional(),
  scopes: z.array(scopeName).default([]),
  clients: z
    .enum(['all', 'granted'])
    .default('all')
    .describe('whose tokens there are for it: every client, or those with an entry in their resource_scopes'),
  access_token_format: z.enum(['jwt', 'opaque']).default('jwt'),
  access_token_ttl: z
    .number()
    .int()
    .min(1)
    .max(366 * 86_400)
    .optional(),
  introspection_clients: z
    .array(z.string())
    .default([])
    .describe('client ids of the API itself: these may introspect its tokens'),
  signing_alg: z.enum(SIGNING_ALGS).optional().describe("default: the tenant's first"),
  metadata: z
    .enum(['off', 'served', 'listed'])
    .default('off')
    .describe('its metadata (RFC 9728) for everybody: no, at their address, and named in discovery as well'),
  encryption: tokenEncryption.optional().describe('encrypts its JWT access tokens for the API'),
});

export type Resource = z.output<typeof resource>;

/** APIs by their audience. */
export const resources = z
  .array(resource)
  .max(1000)
  .superRefine((all, ctx) => {
    for (const [i, { indicator, access_token_format, encryption }] of all.entries()) {
      const first = all.findIndex((other) => other.indicator === indicator);
      const refuse = (field: string, message: string) => ctx.addIssue({ code: 'custom', path: [i, field], message });
      if (first < i) refuse('indicator', `is the same as that of /resources/${first}`);
      if (encryption && access_token_format !== 'jwt') refuse('encryption', 'goes with access_token_format jwt');
    }
  })
  .default([])
  .describe('APIs (resource servers, RFC 8707)');

function isPublicKey(jwk: Record<string, unknown>): boolean {
  try {
    return !('d' in jwk) && createPublicKey({ key: jwk as never, format: 'jwk' }).type === 'public';
  } catch {
    return false;
  }
}
