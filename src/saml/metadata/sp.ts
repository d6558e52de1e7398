import type { z } from 'zod';
import { NAME_ID_FORMATS, type NameIdFormat, type samlMetadata } from '../../clients/saml.ts';
import { foreignAlgorithm } from '../../core/plain-xml.ts';
import { BINDINGS, type Binding, NS } from '../names.ts';
import { refuseSaml } from '../refusal.ts';
import { childOf, childrenOf, parseXml, type XmlElement } from '../xml/read.ts';

type SamlInput = z.input<typeof samlMetadata>;

/** What metadata of a service provider mean for its client. `notes`: what of them has no effect here. */
export type ReadMetadata = { saml: SamlInput; name: string | undefined; notes: string[] };

/** Attributes of users as they are called elsewhere (eduPerson, X.500, WS-Federation), and our claims for them. */
const CLAIMS: Record<string, string> = {
  'urn:oid:0.9.2342.19200300.100.1.3': 'email',
  'urn:oid:0.9.2342.19200300.100.1.1': 'preferred_username',
  'urn:oid:2.16.840.1.113730.3.1.241': 'name',
  'urn:oid:2.16.840.1.113730.3.1.39': 'locale',
  'urn:oid:2.5.4.3': 'name',
  'urn:oid:2.5.4.4': 'family_name',
  'urn:oid:2.5.4.42': 'given_name',
  'urn:oid:2.5.4.20': 'phone_number',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress': 'email',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name': 'name',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname': 'given_name',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname': 'family_name',
  mail: 'email',
  displayName: 'name',
  cn: 'name',
  givenName: 'given_name',
  sn: 'family_name',
  uid: 'preferred_username',
  ...Object.fromEntries(
    ['email', 'name', 'given_name', 'family_name', 'preferred_username'].map((name) => [name, name]),
  ),
};

/**
 * Reads a file of metadata (SAML 2.0 Metadata), of one service provider. Its signature, if it has one, is not verified: who
 * gives the file is to be trusted. Error `saml_refused`.
 */
export function readSpMetadata(text: string): ReadMetadata {
  if (/<!(?!--)/.test(text)) refuseSaml('the metadata have a document type or CDATA');
  const root = parseXml(text.replace(/^\ufeff/, ''), { comments: true });
  const entity = entityOf(root);
  const descriptor = descriptorOf(entity)!;
  const all = assertionConsumers(descriptor);
  const acs = all.filter(({ binding }) => binding === BINDINGS.post);
  if (acs.length === 0) refuseSaml('no assertion consumer service takes HTTP-POST');
  const slo = logoutService(descriptor);
  const format = childrenOf(descriptor, NS.md, 'NameIDFormat')
    .map(({ text: value }) => formatNamed(value))
    .find(Boolean);
  const certificates = certificatesOf(descriptor, 'signing');
  const [encryption] = certificatesOf(descriptor, 'encryption');
  const { requested, unknown } = requestedAttributes(descriptor);
  return {
    saml: {
      entity_id: entity.attributes.entityID ?? refuseSaml('the metadata have no entityID'),
      acs: acs.map(({ uri, index }) => ({ uri, ...(index !== undefined && { index }) })),
      ...(slo && certificates.length > 0 && { slo }),
      ...(format && { name_id_format: format }),
      ...(requested.length > 0 && { attributes: requested }),
      ...(certificates.length > 0 && { certificates }),
      ...(descriptor.attributes.AuthnRequestsSigned === 'true' &&
        certificates.length > 0 && { require_signed_requests: true }),
      ...(encryption !== undefined && { encryption_certificate: encryption }),
    },
    name: displayName(descriptor),
    notes: [
      ...all
        .filter(({ binding }) => binding !== BINDINGS.post)
        .map(({ uri }) => `the assertion consumer service ${uri} is left out: only HTTP-POST is spoken`),
      ...(slo && certificates.length === 0 ? ['the single logout service is left out: there is no certificate'] : []),
      ...unknown.map((name) => `the attribute ${name} is left out: no claim is known for it`),
      ...(foreignAlgorithm(text, new Set()) ? ['the signature of the metadata is not verified'] : []),
    ],
  };
}

function entityOf(root: XmlElement): XmlElement {
  if (root.namespace === NS.md && root.name === 'EntityDescriptor' && descriptorOf(root)) return root;
  const found = entitiesIn(root).filter(descriptorOf);
  return found.length === 1
    ? found[0]!
    : refuseSaml(`the metadata must be of one service provider, these are of ${found.length}`);
}

const entitiesIn = (parent: XmlElement): XmlElement[] => [
  ...childrenOf(parent, NS.md, 'EntityDescriptor'),
  ...childrenOf(parent, NS.md, 'EntitiesDescriptor').flatMap(entitiesIn),
];

const descriptorOf = (entity: XmlElement): XmlElement | undefined =>
  childrenOf(entity, NS.md, 'SPSSODescriptor').find(({ attributes }) =>
    (attributes.protocolSupportEnumeration ?? '').split(/\s+/).includes(NS.samlp),
  );

/** The default first (Metadata 2.2.3). */
function assertionConsumers(descriptor: XmlElement) {
  const rank = ({ attributes: { isDefault } }: XmlElement) =>
    isDefault === 'true' || isDefault === '1' ? 0 : isDefault === undefined ? 1 : 2;
  return childrenOf(descriptor, NS.md, 'AssertionConsumerService')
    .sort((a, b) => rank(a) - rank(b))
    .map(({ attributes: { Binding, Location = '', index } }) => ({
      binding: Binding,
      uri: Location,
      index: index !== undefined && /^\d+$/.test(index) ? Number(index) : undefined,
    }));
}

function logoutService(descriptor: XmlElement): SamlInput['slo'] {
  const services = childrenOf(descriptor, NS.md, 'SingleLogoutService');
  for (const binding of ['redirect', 'post'] satisfies Binding[]) {
    const found = services.find(({ attributes }) => attributes.Binding === BINDINGS[binding]);
    if (!found) continue;
    const { Location = '', ResponseLocation } = found.attributes;
    return { uri: Location, binding, ...(ResponseLocation !== undefined && { response_uri: ResponseLocation }) };
  }
  return undefined;
}

const formatNamed = (urn: string): NameIdFormat | undefined =>
  (Object.keys(NAME_ID_FORMATS) as NameIdFormat[]).find((name) => NAME_ID_FORMATS[name] === urn);

/** In PEM. A key without a word on its use signs for sure; whether its owner can decrypt is not said. */
function certificatesOf(descriptor: XmlElement, use: 'signing' | 'encryption'): string[] {
  const found = childrenOf(descriptor, NS.md, 'KeyDescriptor')
    .filter(({ attributes }) => attributes.use === use || (use === 'signing' && attributes.use === undefined))
    .flatMap((key) => childrenOf(childOf(key, NS.ds, 'KeyInfo') ?? key, NS.ds, 'X509Data'))
    .flatMap((data) => childrenOf(data, NS.ds, 'X509Certificate'))
    .map(({ text }) => text.replaceAll(/\s/g, ''));
  return [...new Set(found)].map(
    (base64) => `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`,
  );
}

function requestedAttributes(descriptor: XmlElement) {
  const wanted = childrenOf(descriptor, NS.md, 'AttributeConsumingService')
    .flatMap((service) => childrenOf(service, NS.md, 'RequestedAttribute'))
    .map(({ attributes: { Name = '', FriendlyName } }) => ({ name: Name, friendlyName: FriendlyName }));
  const known = new Map(wanted.map((one) => [one.name, one]));
  const [mapped, others] = [
    [...known.values()].filter(({ name }) => CLAIMS[name]),
    [...known.keys()].filter((name) => !CLAIMS[name]),
  ];
  return {
    requested: mapped.map(({ name, friendlyName }) => ({
      claim: CLAIMS[name]!,
      ...(name !== CLAIMS[name] && { name }),
      ...(friendlyName !== undefined && { friendly_name: friendlyName }),
    })),
    unknown: others,
  };
}

/** The first of mdui:UIInfo, else of the service that wants attributes. */
function displayName(descriptor: XmlElement): string | undefined {
  const extensions = childrenOf(descriptor, NS.md, 'Extensions').flatMap(({ children }) => children);
  const names = [
    ...extensions
      .filter(({ name }) => name === 'UIInfo')
      .flatMap(({ children }) => children.filter(({ name }) => name === 'DisplayName')),
    ...childrenOf(descriptor, NS.md, 'AttributeConsumingService').flatMap((service) =>
      childrenOf(service, NS.md, 'ServiceName'),
    ),
  ];
  return names[0]?.text.slice(0, 100) || undefined;
}
