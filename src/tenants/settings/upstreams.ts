import { createPrivateKey } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { secret } from '../sealed-settings.ts';
import { SLUG } from '../slug.ts';
import { certificateFor, isStrongRsa } from './certificate.ts';
import { httpsUri } from './https-uri.ts';
import { shownName } from './shown-name.ts';
import { PRESETS, type PresetName, upstreamProblems } from './upstream-rules.ts';

/** Our claims that an upstream may fill. No phone numbers: these are verified by ourselves. */
const MAPPED_CLAIMS = [
  'email',
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'profile',
  'picture',
  'website',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
] as const;
export type MappedClaim = (typeof MAPPED_CLAIMS)[number];

const text = (max: number) => z.string().min(1).max(max);
const claim = text(200);
const aal = z.union([z.literal(1), z.literal(2), z.literal(3)]);

const privateKey = z
  .string()
  .max(8192)
  .refine((pem) => {
    try {
      // In the one form that the signing library reads.
      return (
        pem.startsWith('-----BEGIN PRIVATE KEY-----') &&
        createPrivateKey(pem).asymmetricKeyDetails?.namedCurve === 'prime256v1'
      );
    } catch {
      return false;
    }
  }, 'must be a private key of P-256 in PEM (PKCS #8)');

const certificate = certificateFor(isStrongRsa, 'RSA of 2048 bits or more');

/** An identity provider of SAML 2.0; works only where the operator of the installation allows it. */
const saml = z.strictObject({
  entity_id: text(1024).describe('its name'),
  sso_uri: httpsUri.describe('where it takes requests by redirect'),
  certificates: z
    .array(certificate)
    .min(1)
    .max(5)
    .describe('by which its assertions are signed; two while they change'),
});

const domains = z
  .array(
    z
      .string()
      .refine(
        (value) => value.length <= 253 && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(value) && value === domainToASCII(value),
        'must be a domain in lower-case ASCII, e.g. example.com',
      ),
  )
  .max(1000)
  .default([]);

const trust = z.strictObject({
  email_verified: z
    .enum(['never', 'claim', 'always'])
    .optional()
    .describe(
      'whether an address counts as verified: never, where the upstream says so, or always (only with `domains`); default: claim with a preset, else never',
    ),
  domains: domains.describe('only addresses of these domains; empty: of all'),
  acr: z.record(claim, aal).default({}).describe('level of assurance (AAL) by the `acr` that the upstream tells'),
  amr: z.record(claim, aal).default({}).describe('the same by `amr`; methods that are not named here are not heard'),
  risk: z
    .strictObject({
      claim: claim.describe('the claim by which it tells how risky the sign-in was there'),
      map: z
        .record(claim, z.enum(['low', 'medium', 'high']))
        .describe('its values, as `risk.weights.upstream_risk` counts them'),
    })
    .optional(),
});

const upstream = z.strictObject({
  id: z
    .string()
    .regex(new RegExp(`^${SLUG}$`), 'must be 1 to 63 of a-z, 0-9 and "-"')
    .describe('part of its callback URI'),
  name: shownName.describe('shown on its button'),
  preset: z.enum(Object.keys(PRESETS) as [PresetName, ...PresetName[]]).optional(),
  type: z.enum(['oidc', 'oauth2', 'saml']).optional().describe('default: that of the preset'),
  enabled: z.boolean().default(true),
  saml: saml.optional(),
  issuer: httpsUri.optional().describe('of OpenID Connect: all else is discovered'),
  endpoints: z
    .strictObject({ authorization: httpsUri, token: httpsUri, userinfo: httpsUri })
    .optional()
    .describe('of OAuth 2.0'),
  client_id: text(255).optional(),
  client_secret: secret(text(2048)).optional(),
  token_endpoint_auth_method: z
    .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .optional()
    .describe('default: that of the preset, else client_secret_basic'),
  private_key: secret(privateKey).optional().describe('PEM (PKCS #8, P-256), for private_key_jwt and Apple'),
  key_id: text(100).optional().describe('`kid` of the private key'),
  team_id: text(100).optional().describe('of Apple'),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, 'must be a scope token (RFC 6749 3.3)'))
    .max(50)
    .optional(),
  subject: claim.optional().describe('of OAuth 2.0: the claim that names a user for ever; default: that of the preset'),
  attributes: z
    .partialRecord(z.enum(MAPPED_CLAIMS), claim)
    .optional()
    .describe('our claim: its claim; replaces the default'),
  authoritative: z.boolean().default(false).describe('what it tells replaces what users wrote themselves'),
  roles: z
    .strictObject({
      claim,
      map: z.record(
        text(200),
        z
          .string()
          .regex(/^[a-z0-9][a-z0-9:._-]{0,63}$/, 'must be 1 to 64 small letters, digits and ":._-", the first no sign'),
      ),
    })
    .optional()
    .describe('our role by the value of its claim, at each sign-in; other values give none'),
  trust: trust.prefault({}),
  provisioning: z.enum(['none', 'jit']).default('jit').describe('jit: an account is made at the first sign-in'),
  linking: z
    .enum(['never', 'verified_email', 'ask'])
    .default('ask')
    .describe(
      'to an account with the same address: never, where the address is trusted, or once the user has proven the account',
    ),
  allowed_domains: domains.describe('only users with a trusted address of these domains; empty: all'),
  domains: domains.describe('whose addresses are sent there from the sign-in page'),
  exclusive: z
    .boolean()
    .default(false)
    .describe('who types an address of `domains` signs in there only: a password or a code is not taken'),
  organization: text(64).optional().describe('whose connection it is'),
  button: z.boolean().default(true).describe('shown on the sign-in page; else reached by domain only'),
  logout: z.boolean().default(false).describe('a sign-out goes on there'),
});

export type Upstream = z.output<typeof upstream>;

/** Where users may come from: other providers of identity. */
export const upstreams = z
  .array(upstream)
  .max(100)
  .superRefine((list, ctx) => {
    for (const { path, message } of upstreamProblems(list)) ctx.addIssue({ code: 'custom', path, message });
  })
  .default([]);
