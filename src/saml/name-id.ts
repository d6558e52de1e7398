import { NAME_ID_FORMATS, type NameIdFormat } from '../clients/saml.ts';
import { mac } from '../core/hashing.ts';
import type { SignedIn } from '../oidc/code-flow.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { NameId } from './messages/name-id.ts';
import { UNSPECIFIED_FORMAT } from './names.ts';
import type { ServiceProvider } from './service-provider.ts';

/**
 * The format that a request asks for, or what the service provider has where it asks for none; undefined where it may not have
 * it: an address tells who a user is, the other two nothing.
 */
export function nameIdFormatFor({ saml }: ServiceProvider, requested: string | undefined): NameIdFormat | undefined {
  if (requested === undefined || requested === UNSPECIFIED_FORMAT) return saml.name_id_format;
  const names = Object.keys(NAME_ID_FORMATS) as NameIdFormat[];
  const format = names.find((name) => NAME_ID_FORMATS[name] === requested);
  return format === 'emailAddress' && saml.name_id_format !== 'emailAddress' ? undefined : format;
}

/**
 * The name of a user for a service provider; undefined where the user has none of that format. `persistent` and `transient`
 * say nothing to anybody else: the first is of the user, the second of this session.
 */
export function nameIdFor(
  tenant: Tenant,
  { saml }: ServiceProvider,
  format: NameIdFormat,
  { accountId, sessionUid, claims }: Pick<SignedIn, 'accountId' | 'sessionUid' | 'claims'>,
): NameId | undefined {
  const of = (what: string) => mac(tenant.secretFor('saml names'), JSON.stringify([format, saml.entity_id, what]));
  const values: Record<NameIdFormat, string | undefined> = {
    persistent: of(accountId),
    transient: `_${of(sessionUid)}`,
    // Service providers take it for who signs in: it must be theirs.
    emailAddress: claims.email_verified === true ? String(claims.email) : undefined,
  };
  const value = values[format];
  return value === undefined ? undefined : { format: NAME_ID_FORMATS[format], value };
}
