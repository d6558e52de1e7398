import type { SamlMetadata } from '../clients/saml.ts';
import type { Attribute } from './messages/response.ts';

/** SAML has no word for "not verified": what is not is not told. */
const VERIFIED_BY: Record<string, string> = { email: 'email_verified', phone_number: 'phone_number_verified' };

/** The claims that a service provider needs for its attributes and its name of the user. */
export const claimsFor = ({ attributes, name_id_format }: SamlMetadata): string[] => [
  ...new Set([...attributes.map(({ claim }) => claim), ...(name_id_format === 'emailAddress' ? ['email'] : [])]),
];

/** What is told of a user, of the claims that the service provider may know. */
export function attributesFor({ attributes }: SamlMetadata, claims: Record<string, unknown>): Attribute[] {
  return attributes.flatMap(({ claim, name = claim, name_format, friendly_name }) => {
    const proof = VERIFIED_BY[claim];
    const values = proof && claims[proof] !== true ? [] : textsOf(claims[claim]);
    if (values.length === 0) return [];
    return { name, format: name_format ?? (name.includes(':') ? 'uri' : 'basic'), friendlyName: friendly_name, values };
  });
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return ['string', 'number', 'boolean'].includes(typeof value) ? [String(value)] : [];
}
