import { z } from 'zod';
import { isUnique } from '../../core/validate.ts';
import { httpsUri } from './https-uri.ts';
import { resourceIndicator } from './resources.ts';
import { scopeName } from './scope-name.ts';
import { SIGNING_ALGS } from './signing.ts';

const text = (max: number) => z.string().min(1).max(max);

const jwk = z
  .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']), kid: text(255).optional() })
  .refine((key) => !['d', 'p', 'q', 'k'].some((member) => member in key), 'must be a public key');

const value = z.union([text(1024), z.boolean(), z.number()]);

const rule = z
  .strictObject({
    client_id: text(128).describe('who the workload is here'),
    subject: text(1024).optional().describe('`sub` of the assertion, to the letter'),
    claims: z
      .record(text(200), z.union([value, z.array(value).min(1).max(100)]))
      .default({})
      .describe('what other claims of it must be; of a list any will do'),
    resources: z
      .array(
        z.strictObject({
          resource: resourceIndicator.describe('the indicator of an API of the tenant'),
          scopes: z.array(scopeName).min(1).optional().describe('default: all that the client may have'),
        }),
      )
      .min(1)
      .max(100)
      .describe('where its tokens may be used'),
  })
  .refine(
    ({ subject, claims }) => subject !== undefined || Object.keys(claims).length > 0,
    'must say which assertions it is for: give a subject or claims',
  );

const trustedIssuer = z
  .strictObject({
    issuer: text(1024).describe('`iss` of its assertions, to the letter'),
    jwks_uri: httpsUri.optional().describe('where its keys are'),
    jwks: z
      .strictObject({ keys: z.array(jwk).min(1).max(20) })
      .optional()
      .describe('its keys themselves'),
    audience: z
      .array(text(1024))
      .min(1)
      .max(10)
      .optional()
      .describe('one of which must be `aud`; default: the issuer identifier or the token endpoint of the tenant'),
    algorithms: z
      .array(z.enum(SIGNING_ALGS))
      .min(1)
      .refine(isUnique, 'must not name one twice')
      .default(['RS256', 'PS256', 'ES256', 'EdDSA']),
    max_lifetime: z
      .number()
      .int()
      .min(1)
      .max(86_400)
      .default(3600)
      .describe('assertions that are good for longer are refused'),
    single_use: z
      .boolean()
      .default(true)
      .describe(
        'an assertion with a `jti` is good once; off where workloads show theirs again, as those of Kubernetes',
      ),
    rules: z.array(rule).min(1).max(1000),
  })
  .refine(
    ({ jwks_uri, jwks }) => (jwks_uri === undefined) !== (jwks === undefined),
    'must have either jwks_uri or jwks',
  );

export type TrustedIssuer = z.output<typeof trustedIssuer>;
export type WorkloadRule = z.output<typeof rule>;

/** Whose JWTs workloads may show for an access token of the tenant (RFC 7523 2.1). */
export const trustedIssuers = z
  .array(trustedIssuer)
  .max(100)
  .refine((list) => isUnique(list.map(({ issuer }) => issuer)), 'must not name an issuer twice')
  .default([]);
