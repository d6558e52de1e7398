import { NAME_ID_FORMATS } from '../../clients/saml.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { BINDINGS, NS } from '../names.ts';
import { element, type Xml } from '../xml/write.ts';

/** The tenant's name as an identity provider: where its metadata is. */
export const entityIdOf = ({ issuer }: Pick<Tenant, 'issuer'>): string => `${issuer}/saml/metadata`;
export const ssoUrl = ({ issuer }: Pick<Tenant, 'issuer'>): string => `${issuer}/saml/sso`;
export const sloUrl = ({ issuer }: Pick<Tenant, 'issuer'>): string => `${issuer}/saml/slo`;

/**
 * What service providers need to know of the tenant (SAML 2.0 Metadata). All keys that sign now, did, or will: who reads it
 * once a day knows each before it is used.
 */
export function writeMetadata(tenant: Tenant): string {
  const services = (name: string, location: string) =>
    Object.values(BINDINGS).map((binding) => element(name, { Binding: binding, Location: location }));
  const formats = Object.values(NAME_ID_FORMATS).map((format) => element('md:NameIDFormat', {}, format));
  const { xml } = element(
    'md:EntityDescriptor',
    { 'xmlns:md': NS.md, 'xmlns:ds': NS.ds, entityID: entityIdOf(tenant), cacheDuration: 'P1D' },
    element(
      'md:IDPSSODescriptor',
      { protocolSupportEnumeration: NS.samlp },
      ...tenant.samlKeys.map(({ certificate }) => keyDescriptor(certificate)),
      ...services('md:SingleLogoutService', sloUrl(tenant)),
      ...formats,
      ...services('md:SingleSignOnService', ssoUrl(tenant)),
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml}\n`;
}

const keyDescriptor = (pem: string): Xml =>
  element(
    'md:KeyDescriptor',
    { use: 'signing' },
    element(
      'ds:KeyInfo',
      {},
      element('ds:X509Data', {}, element('ds:X509Certificate', {}, pem.replaceAll(/-----.*-----|\s/g, ''))),
    ),
  );
