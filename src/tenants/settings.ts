import { z } from 'zod';
import { isUnique } from '../core/validate.ts';
import { isWebUri } from '../core/web-uri.ts';
import { assurance } from './settings/assurance.ts';
import { authentication } from './settings/authentication.ts';
import { authorizationDetailsTypes } from './settings/authorization-details.ts';
import { mail } from './settings/mail.ts';
import { passkeys } from './settings/passkeys.ts';
import { leastLength, password } from './settings/password.ts';
import { profile } from './settings/profile.ts';
import { isFapi, protocol } from './settings/protocol.ts';
import { recovery } from './settings/recovery.ts';
import { registration } from './settings/registration.ts';
import { resources } from './settings/resources.ts';
import { risk } from './settings/risk.ts';
import { saml } from './settings/saml.ts';
import { shownName } from './settings/shown-name.ts';
import { encryption, FAPI_ALGS, signing } from './settings/signing.ts';
import { sms } from './settings/sms.ts';
import { terms } from './settings/terms.ts';
import { trustedIssuers } from './settings/trusted-issuers.ts';
import { upstreams } from './settings/upstreams.ts';

const ttl = (fallback: number, max = 366 * 86_400) => z.number().int().min(1).max(max).default(fallback);
const color = z.string().regex(/^#[0-9a-f]{6}$/i, 'must be a colour as #rrggbb');
const webUri = z.string().max(2048).refine(isWebUri, 'must be an http or https URI');

/** The languages that there are texts for, in config/locales. */
export const LOCALES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'tr', 'ja', 'zh', 'ar', 'he'] as const;

const branding = z.strictObject({
  display_name: shownName.optional().describe('shown on pages; default: the name of the tenant'),
  logo_uri: z
    .string()
    .max(2048)
    .refine((value) => URL.parse(value)?.protocol === 'https:', 'must be an https URI')
    .optional(),
  primary_color: color.default('#2447d6').describe('buttons and links'),
});

const fields = z.strictObject({
  branding: branding.prefault({}),
  locales: z
    .strictObject({
      default: z.enum(LOCALES).optional().describe('default: the first that is supported'),
      supported: z
        .array(z.enum(LOCALES))
        .min(1)
        .refine(isUnique, 'must not name one twice')
        .default([...LOCALES]),
    })
    .prefault({}),
  session: z.strictObject({ ttl: ttl(14 * 86_400).describe('ends after this long without use') }).prefault({}),
  tokens: z
    .strictObject({
      access_token_ttl: ttl(3600),
      client_credentials_ttl: ttl(600),
      id_token_ttl: ttl(3600),
      authorization_code_ttl: ttl(60, 600),
      refresh_token_ttl: ttl(14 * 86_400).describe('idle: each rotation starts it anew'),
      refresh_token_max_age: ttl(90 * 86_400).describe('absolute: no rotation goes beyond'),
      refresh_retry_leeway: z
        .number()
        .int()
        .min(0)
        .max(60)
        .default(10)
        .describe('the predecessor of a refresh token is answered with the same successor for so long'),
    })
    .prefault({}),
  protocol,
  signing,
  encryption,
  resources,
  authorization_details_types: authorizationDetailsTypes,
  links: z
    .strictObject({ terms_uri: webUri.optional(), privacy_uri: webUri.optional(), help_uri: webUri.optional() })
    .prefault({}),
  trusted_issuers: trustedIssuers,
  authentication,
  assurance,
  password,
  passkeys,
  upstreams,
  registration,
  recovery,
  profile,
  terms,
  risk,
  saml,
  mail,
  sms,
});

/** All that a tenant may set. Unknown fields are refused; each has a default. Times are seconds. */
export const tenantSettings = fields.superRefine((settings, ctx) => {
  const { locales, resources, signing, authentication, password } = settings;
  const refuse = (path: (string | number)[], message: string) => ctx.addIssue({ code: 'custom', path, message });
  if (locales.default && !locales.supported.includes(locales.default))
    refuse(['locales', 'default'], `must be one of locales.supported: ${locales.supported.join(', ')}`);
  const least = leastLength(authentication.mfa);
  if (password.min_length !== undefined && password.min_length < least)
    refuse(
      ['password', 'min_length'],
      `must be at least ${least}; 8 is enough only where authentication.mfa is required`,
    );
  if (isFapi(settings.protocol) && !signing.algorithms.some((alg) => FAPI_ALGS.includes(alg)))
    refuse(['signing', 'algorithms'], `must have one that FAPI permits: ${FAPI_ALGS.join(', ')}`);
  const { signing_alg: signalsAlg } = settings.protocol.shared_signals;
  if (signalsAlg && !signing.algorithms.includes(signalsAlg))
    refuse(
      ['protocol', 'shared_signals', 'signing_alg'],
      `must be one of signing.algorithms: ${signing.algorithms.join(', ')}`,
    );
  for (const [i, { signing_alg }] of resources.entries()) {
    if (signing_alg && !signing.algorithms.includes(signing_alg))
      refuse(['resources', i, 'signing_alg'], `must be one of signing.algorithms: ${signing.algorithms.join(', ')}`);
  }
});

/** With every default filled in. */
export type TenantSettings = z.output<typeof tenantSettings>;
/** As given: any part of it. */
export type TenantSettingsInput = z.input<typeof tenantSettings>;
