import { type KeyObject, sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

/**
 * Messages of service providers, written by hand: canonical as they stand, so that they can be signed as they stand
 * (`fake-saml`), and bent in any way.
 */

const SAMLP = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"';
const SAML = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';

let count = 0;

export type Sent = {
  name: string;
  id: string;
  issuer: string;
  destination: string | undefined;
  issueInstant: string;
  version: string;
  /** Further attributes of the root, `AssertionConsumerServiceURL="..."`. They come first: the alphabet is on our side. */
  attributes: string;
  inside: string;
};

export const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

/** A message that is in order, save for what is bent. */
export const sent = (name: string, issuer: string, destination: string, bent: Partial<Sent> = {}): Sent => {
  count += 1;
  return {
    name,
    id: `_forged${count}`,
    issuer,
    destination,
    issueInstant: at(0),
    version: '2.0',
    attributes: '',
    inside: '',
    ...bent,
  };
};

export const write = ({ name, id, issuer, destination, issueInstant, version, attributes, inside }: Sent): string =>
  `<samlp:${name} ${SAMLP}${attributes && ` ${attributes}`}${destination === undefined ? '' : ` Destination="${destination}"`} ID="${id}" IssueInstant="${issueInstant}" Version="${version}">` +
  `<saml:Issuer ${SAML}>${issuer}</saml:Issuer>${inside}</samlp:${name}>`;

export const nameIdOf = (value: string): string => `<saml:NameID ${SAML}>${value}</saml:NameID>`;

/** The parameters by redirect; signed where there is a key. Each may be bent. */
export function redirected(
  xml: string | Buffer,
  {
    key,
    relayState,
    algorithm = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    hash = 'sha256',
  }: { key?: KeyObject; relayState?: string; algorithm?: string; hash?: string } = {},
): string {
  const message = Buffer.isBuffer(xml) ? xml : deflateRawSync(xml);
  const query = new URLSearchParams({
    SAMLRequest: message.toString('base64'),
    ...(relayState !== undefined && { RelayState: relayState }),
    ...(key && { SigAlg: algorithm }),
  }).toString();
  if (!key) return query;
  const signature = sign(hash, Buffer.from(query), { key, dsaEncoding: 'ieee-p1363' }).toString('base64');
  return `${query}&${new URLSearchParams({ Signature: signature })}`;
}
