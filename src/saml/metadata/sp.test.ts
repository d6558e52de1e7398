import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { samlProblems } from '../../clients/saml.ts';
import { selfSigned } from '../../core/self-signed.ts';
import { tenantSettings } from '../../tenants/settings.ts';
import { readSpMetadata } from './sp.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = selfSigned(privateKey, { name: 'sp', from: 0, until: 1000 });
const base64 = pem.replaceAll(/-----.*-----|\s/g, '');

const key = (use?: string) =>
  `<md:KeyDescriptor${use ? ` use="${use}"` : ''}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n ${base64}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`;
const acs = (location: string, more = '', binding = 'HTTP-POST') =>
  `<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${location}" ${more}/>`;
const slo = (location: string, binding: string, more = '') =>
  `<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${location}" ${more}/>`;
const entity = (inside: string, attributes = '', id = 'https://sp.example') =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${id}">` +
  `<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" ${attributes}>${inside}</md:SPSSODescriptor></md:EntityDescriptor>`;

test('all that metadata can say', () => {
  const text = `<?xml version="1.0"?>\n<!-- ours -->\n${entity(
    `<md:Extensions><mdui:UIInfo xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui"><mdui:DisplayName xml:lang="en">Paper Boat</mdui:DisplayName></mdui:UIInfo></md:Extensions>
    <!-- keys -->${key('signing')}${key('encryption')}
    ${slo('https://sp.example/slo-post', 'HTTP-POST')}${slo('https://sp.example/slo', 'HTTP-Redirect', 'ResponseLocation="https://sp.example/slo/done"')}
    <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</md:NameIDFormat>
    ${acs('https://sp.example/art', 'index="0"', 'HTTP-Artifact')}${acs('https://sp.example/one', 'index="1"')}${acs('https://sp.example/two', 'index="2" isDefault="true"')}
    <md:AttributeConsumingService index="0"><md:ServiceName xml:lang="en">x</md:ServiceName>
    <md:RequestedAttribute Name="urn:oid:0.9.2342.19200300.100.1.3" FriendlyName="mail"/><md:RequestedAttribute Name="name"/><md:RequestedAttribute Name="rank"/>
    </md:AttributeConsumingService>`,
    'AuthnRequestsSigned="true"',
  )}`;
  const { saml, name, notes } = readSpMetadata(text);
  expect(name).toBe('Paper Boat');
  expect(saml).toEqual({
    entity_id: 'https://sp.example',
    acs: [
      { uri: 'https://sp.example/two', index: 2 },
      { uri: 'https://sp.example/one', index: 1 },
    ],
    slo: { uri: 'https://sp.example/slo', binding: 'redirect', response_uri: 'https://sp.example/slo/done' },
    name_id_format: 'transient',
    attributes: [
      { claim: 'email', name: 'urn:oid:0.9.2342.19200300.100.1.3', friendly_name: 'mail' },
      { claim: 'name' },
    ],
    certificates: [pem],
    require_signed_requests: true,
    encryption_certificate: pem,
  });
  expect(notes).toEqual([expect.stringContaining('/art'), expect.stringContaining('rank')]);
  expect(samlProblems({ saml }, tenantSettings.parse({}), false)).toEqual([]);
});

test('the least that metadata can say', () => {
  expect(readSpMetadata(entity(acs('https://sp.example/acs') + slo('https://sp.example/slo', 'HTTP-POST')))).toEqual({
    saml: { entity_id: 'https://sp.example', acs: [{ uri: 'https://sp.example/acs' }] },
    name: undefined,
    notes: [expect.stringContaining('single logout')],
  });
  const { saml } = readSpMetadata(entity(key() + acs('https://sp.example/acs')));
  expect(saml.certificates).toEqual([pem]);
  expect(saml.encryption_certificate).toBeUndefined();
});

test('one of several, if one alone is a service provider', () => {
  const group = (...inside: string[]) =>
    `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${inside.join('')}</md:EntitiesDescriptor>`;
  const one = entity(acs('https://sp.example/acs'));
  const idp = '<md:EntityDescriptor entityID="idp"><md:IDPSSODescriptor/></md:EntityDescriptor>';
  expect(readSpMetadata(group(idp, group(one))).saml.entity_id).toBe('https://sp.example');
  expect(() => readSpMetadata(group(one, one))).toThrow('these are of 2');
  expect(() => readSpMetadata(group(idp))).toThrow('these are of 0');
});

describe('is refused', () => {
  test.each<[string, string, string]>([
    ['no XML', 'x', 'well-formed'],
    ['nothing', '', 'well-formed'],
    ['a document type', `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${entity(acs('&e;'))}`, 'document type'],
    ['CDATA', entity('<![CDATA[x]]>'), 'document type or CDATA'],
    ['a comment within a name', entity('<md:NameIDFormat>a<!-- -->b</md:NameIDFormat>'), 'more than elements'],
    ['nowhere to go', entity(acs('https://sp.example', '', 'HTTP-Artifact')), 'HTTP-POST'],
    ['another protocol', entity('').replace('SAML:2.0:protocol', 'SAML:1.1:protocol'), 'these are of 0'],
  ])('%s', (_name, text, why) => {
    expect(() => readSpMetadata(text)).toThrow(expect.objectContaining({ message: expect.stringContaining(why) }));
  });
});
