import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { selfSigned } from '../../src/core/self-signed.ts';

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const SAML = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';
const SAMLP = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"';

const HASHES = {
  sha256: {
    method: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    digest: 'http://www.w3.org/2001/04/xmlenc#sha256',
  },
  sha1: { method: `${DSIG}rsa-sha1`, digest: `${DSIG}sha1` },
};

/** What an assertion says; each part may be bent. */
export type Said = {
  id: string;
  issuer: string;
  nameId: string;
  recipient: string;
  audience: string;
  inResponseTo: string;
  notBefore: string;
  notOnOrAfter: string;
  authnInstant: string;
  sessionNotOnOrAfter: string;
  /** Further XML within the assertion. */
  attributes: string;
};

/** An identity provider of SAML 2.0. What it writes is canonical as it stands, so that it needs no canonicalization to sign. */
export function fakeSaml(entityId = 'https://idp.example') {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = selfSigned(privateKey, { name: 'idp', from: Date.now() - 1000, until: Date.now() + 86_400_000 });
  return {
    settings: { entity_id: entityId, sso_uri: `${entityId}/sso`, certificates: [certificate] },
    privateKey,

    /** What it would say to an authorization URL, and the RelayState that it gives back. */
    read(url: string): { said: Said; relayState: string; request: string } {
      const { searchParams } = new URL(url);
      const request = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest')!, 'base64')).toString();
      const attribute = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(request)?.[1] ?? '';
      const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
      const said = {
        id: '_assertion',
        issuer: entityId,
        nameId: nameId('ada'),
        recipient: attribute('AssertionConsumerServiceURL'),
        audience: /<saml:Issuer[^>]*>([^<]*)</.exec(request)?.[1] ?? '',
        inResponseTo: attribute('ID'),
        notBefore: at(-60),
        notOnOrAfter: at(300),
        authnInstant: at(0),
        sessionNotOnOrAfter: at(3600),
        attributes: attributes({ email: ['ada@example.com'], name: ['Ada Lovelace'] }),
      };
      return { said, relayState: searchParams.get('RelayState')!, request };
    },

    /** An assertion that is signed. */
    assertion: (said: Said) => signed(assertion(said), said.id, privateKey),
  };
}

export const nameId = (text: string, format = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent') =>
  `<saml:NameID Format="${format}">${text}</saml:NameID>`;

export const attributes = (values: Record<string, string[]>) =>
  `<saml:AttributeStatement>${Object.entries(values)
    .map(([name, list]) => {
      const inner = list.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('');
      return `<saml:Attribute Name="${name}">${inner}</saml:Attribute>`;
    })
    .join('')}</saml:AttributeStatement>`;

/** Without a signature. */
export const assertion = (said: Said) =>
  `<saml:Assertion ${SAML} ID="${said.id}" IssueInstant="${said.authnInstant}" Version="2.0">` +
  `<saml:Issuer>${said.issuer}</saml:Issuer>` +
  `<saml:Subject>${said.nameId}<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">` +
  `<saml:SubjectConfirmationData InResponseTo="${said.inResponseTo}" NotOnOrAfter="${said.notOnOrAfter}" Recipient="${said.recipient}"></saml:SubjectConfirmationData>` +
  `</saml:SubjectConfirmation></saml:Subject>` +
  `<saml:Conditions NotBefore="${said.notBefore}" NotOnOrAfter="${said.notOnOrAfter}">` +
  `<saml:AudienceRestriction><saml:Audience>${said.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
  `<saml:AuthnStatement AuthnInstant="${said.authnInstant}" SessionIndex="session there" SessionNotOnOrAfter="${said.sessionNotOnOrAfter}">` +
  `<saml:AuthnContext><saml:AuthnContextClassRef>gold</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
  `${said.attributes}</saml:Assertion>`;

/** The signature of an element with that ID, by itself. */
export function signature(element: string, id: string, key: KeyObject, hash: keyof typeof HASHES = 'sha256'): string {
  const { method: rsa, digest } = HASHES[hash];
  const method = key.asymmetricKeyType === 'ec' ? rsa.replace('rsa', 'ecdsa') : rsa;
  const value = createHash(hash).update(element).digest('base64');
  const info =
    `<ds:CanonicalizationMethod Algorithm="${EXC_C14N}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${method}"></ds:SignatureMethod>` +
    `<ds:Reference URI="#${id}"><ds:Transforms>` +
    `<ds:Transform Algorithm="${DSIG}enveloped-signature"></ds:Transform><ds:Transform Algorithm="${EXC_C14N}"></ds:Transform>` +
    `</ds:Transforms><ds:DigestMethod Algorithm="${digest}"></ds:DigestMethod><ds:DigestValue>${value}</ds:DigestValue></ds:Reference>`;
  const bytes = Buffer.from(`<ds:SignedInfo xmlns:ds="${DSIG}">${info}</ds:SignedInfo>`);
  const signatureValue = sign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' }).toString('base64');
  return `<ds:Signature xmlns:ds="${DSIG}"><ds:SignedInfo>${info}</ds:SignedInfo><ds:SignatureValue>${signatureValue}</ds:SignatureValue></ds:Signature>`;
}

/** The element with its signature after the issuer, where the schema wants it. */
export const signed = (element: string, id: string, key: KeyObject, hash?: keyof typeof HASHES) =>
  withSignature(element, signature(element, id, key, hash));
export const withSignature = (element: string, text: string) =>
  element.replace('</saml:Issuer>', `</saml:Issuer>${text}`);

/** A response around what is given. */
export const response = (inside: string, { issuer, inResponseTo, recipient }: Said, status = 'Success') =>
  `<samlp:Response ${SAMLP} Destination="${recipient}" ID="_response" InResponseTo="${inResponseTo}" IssueInstant="2026-01-01T00:00:00Z" Version="2.0">` +
  `<saml:Issuer ${SAML}>${issuer}</saml:Issuer>` +
  `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${status}"></samlp:StatusCode></samlp:Status>` +
  `${inside}</samlp:Response>`;
