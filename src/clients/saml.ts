import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { isError, type Problem } from '../core/errors.ts';
import { checked, isUnique } from '../core/validate.ts';
import { certificateFor, isStrongRsa } from '../tenants/settings/certificate.ts';
import type { TenantSettings } from '../tenants/settings.ts';
import type { Metadata } from './record.ts';
import { redirectUriProblem } from './uris.ts';

/** SAML 2.0 Core 8.3, by what people call them. */
export const NAME_ID_FORMATS = {
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  transient: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
  emailAddress: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
} as const;
export type NameIdFormat = keyof typeof NAME_ID_FORMATS;

/** What an attribute can tell: one text or several. */
const CLAIMS: ReadonlySet<string> = new Set([
  ...['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture'],
  ...['website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at', 'email', 'phone_number'],
]);

const uri = z.string().max(2048);
const printable = (max: number) => z.string().regex(new RegExp(`^[\\x21-\\x7e]{1,${max}}$`), 'must be printable ASCII');
const isEc = ({ asymmetricKeyType }: KeyObject) => asymmetricKeyType === 'ec';

const attribute = z.strictObject({
  claim: z.string().min(1).max(128).describe('what it tells: a claim of OpenID Connect, or one of the tenant’s own'),
  name: printable(256).optional().describe('default: that of the claim'),
  name_format: z
    .enum(['basic', 'uri', 'unspecified'])
    .optional()
    .describe('default: uri where the name is one, else basic'),
  friendly_name: printable(100).optional(),
});

/** What there is to know of a service provider of SAML 2.0. */
export const samlMetadata = z.strictObject({
  entity_id: printable(1024).describe('its name'),
  acs: z
    .array(z.strictObject({ uri, index: z.number().int().min(0).max(65_535).optional() }))
    .min(1)
    .max(20)
    .describe('its assertion consumer services (HTTP-POST), compared exactly; the first is the default'),
  slo: z
    .strictObject({
      uri,
      response_uri: uri.optional().describe('for answers; default: the same'),
      binding: z.enum(['redirect', 'post']).default('redirect'),
    })
    .optional()
    .describe('its single logout service; needs `certificates`'),
  name_id_format: z
    .enum(Object.keys(NAME_ID_FORMATS) as [NameIdFormat, ...NameIdFormat[]])
    .default('persistent')
    .describe('persistent: a name for this service provider alone, always the same'),
  attributes: z.array(attribute).max(100).default([]),
  certificates: z
    .array(certificateFor((key) => isStrongRsa(key) || isEc(key), 'RSA of 2048 bits or more, or ECDSA'))
    .max(5)
    .default([])
    .describe('by which its requests are signed; two while they change. When they expire does not count'),
  require_signed_requests: z.boolean().optional().describe('default: where it has `certificates`'),
  encryption_certificate: certificateFor(isStrongRsa, 'RSA of 2048 bits or more')
    .optional()
    .describe('assertions are encrypted for it (AES-256-GCM, RSA-OAEP)'),
  idp_initiated: z
    .boolean()
    .default(false)
    .describe('sign-ins may begin here, at `/saml/start/<client_id>`, and not with a request of its own'),
  default_relay_state: z.string().max(1024).optional().describe('sent with sign-ins that begin here'),
  session_lifetime: z
    .number()
    .int()
    .min(60)
    .max(31_536_000)
    .optional()
    .describe('seconds after which its session must end (SessionNotOnOrAfter); default: up to it'),
  redirect_origins: z
    .array(
      z.string().refine((value) => URL.parse(value)?.origin === value, 'must be an origin: https://app.example.com'),
    )
    .max(10)
    .default([])
    .describe('where else its assertion consumer service sends users on to: browsers hold that against our page'),
});
export type SamlMetadata = z.output<typeof samlMetadata>;

/** Of the client's other metadata what means something for a service provider, too. */
const SHARED: ReadonlySet<string> = new Set([
  ...['client_name', 'client_uri', 'logo_uri', 'policy_uri', 'tos_uri', 'contacts', 'initiate_login_uri', 'scope'],
  ...['authentication_policy', 'skip_consent', 'default_acr_values', 'default_max_age'],
  ...['software_id', 'software_version', 'client_id_issued_at', 'saml'],
]);

/** The metadata of a service provider; undefined for a client that speaks OpenID Connect. */
export const samlOf = ({ saml }: Metadata): SamlMetadata | undefined =>
  saml === undefined ? undefined : samlMetadata.parse(saml);

/** Every breach of the rules for service providers, by its pointer into the metadata. */
export function samlProblems(
  metadata: Metadata,
  { profile }: Pick<TenantSettings, 'profile'>,
  production: boolean,
): Problem[] {
  if (metadata.saml === undefined) return [];
  const foreign = Object.keys(metadata)
    .filter((field) => !SHARED.has(field.replace(/#.*/, '')))
    .map((field) => ({
      pointer: `/${field}`,
      message: 'is for OpenID Connect, which a client with saml does not speak',
    }));
  const data = parsed(metadata.saml);
  if (Array.isArray(data)) return [...foreign, ...data];

  const { acs, slo, attributes, certificates, require_signed_requests: mustSign } = data;
  const own = new Set(Object.values(profile.attributes).flatMap(({ claim }) => claim ?? []));
  const problems: [PropertyKey[], string | undefined | false][] = [
    ...acs.map(({ uri }, i): [PropertyKey[], string | undefined] => [
      ['acs', i, 'uri'],
      redirectUriProblem(uri, false, production),
    ]),
    [['acs'], !isUnique(acs.map(({ uri }) => uri)) && 'must not name one twice'],
    [['acs'], !isUnique(acs.flatMap(({ index }) => index ?? [])) && 'must not give one index twice'],
    [['slo', 'uri'], slo && redirectUriProblem(slo.uri, false, production)],
    [['slo', 'response_uri'], slo?.response_uri && redirectUriProblem(slo.response_uri, false, production)],
    // SAML 2.0 Profiles 4.4.4.1: what comes by a browser is signed.
    [['slo'], slo && certificates.length === 0 && 'needs certificates: requests for a sign-out are always signed'],
    [['require_signed_requests'], mustSign && certificates.length === 0 && 'needs certificates'],
    ...attributes.map(({ claim }, i): [PropertyKey[], string | false] => [
      ['attributes', i, 'claim'],
      !CLAIMS.has(claim) &&
        !own.has(claim) &&
        `is no claim of this tenant; known are ${[...CLAIMS, ...own].join(', ')}`,
    ]),
    [['attributes'], !isUnique(attributes.map(({ name, claim }) => name ?? claim)) && 'must not use one name twice'],
  ];
  return [
    ...foreign,
    ...problems.flatMap(([path, message]) => (message ? [{ pointer: pointerOf(path), message }] : [])),
  ];
}

function parsed(saml: unknown): SamlMetadata | Problem[] {
  try {
    return checked(samlMetadata, saml, '/saml');
  } catch (error) {
    if (!isError(error, 'invalid_input')) throw error;
    return error.problems;
  }
}

const pointerOf = (path: readonly PropertyKey[]) => ['/saml', ...path.map(String)].join('/');
