import { z } from 'zod';
import { isUnique } from '../../core/validate.ts';
import { SIGNING_ALGS } from './signing-algs.ts';

const jwks = z.strictObject({
  keys: z
    .array(z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP'], 'must be RSA, EC or OKP: a public key') }))
    .min(1)
    .max(100)
    .refine((keys) => keys.every((key) => !('d' in key)), 'must be public keys only'),
});

const issuer = z
  .strictObject({
    issuer: z.string().min(1).max(2048).describe('the `iss` of its statements'),
    jwks: jwks.optional(),
    jwks_uri: z
      .string()
      .max(2048)
      .refine((value) => URL.parse(value)?.protocol === 'https:', 'must be an https URI')
      .optional(),
    algorithms: z
      .array(z.enum(SIGNING_ALGS))
      .min(1)
      .refine(isUnique, 'must not name one twice')
      .default(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']),
    software_ids: z
      .array(z.string().min(1).max(200))
      .max(1000)
      .optional()
      .describe('the only software that is approved, by its `software_id`; default: all of this issuer'),
  })
  .refine(({ jwks, jwks_uri }) => (jwks === undefined) !== (jwks_uri === undefined), {
    path: ['jwks'],
    message: 'must be given, or jwks_uri, but not both',
  });

export const softwareStatements = z
  .strictObject({
    required: z.boolean().default(false).describe('refuse who registers without one'),
    issuers: z
      .array(issuer)
      .max(50)
      .refine((issuers) => isUnique(issuers.map((each) => each.issuer)), 'must not name one issuer twice')
      .default([])
      .describe('whose statements about software are taken (RFC 7591 2.3); without any, statements are ignored'),
  })
  .refine(({ required, issuers }) => !required || issuers.length > 0, {
    path: ['issuers'],
    message: 'must name one at least where statements are required',
  })
  .prefault({});

export type StatementIssuer = z.output<typeof issuer>;
