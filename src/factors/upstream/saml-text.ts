import { foreignAlgorithm, trickIn } from '../../core/plain-xml.ts';
import { Refusal } from './refusal.ts';

/** Characters of base64. */
const MAX_LENGTH = 256 * 1024;

const XML_DSIG = 'http://www.w3.org/2000/09/xmldsig#';
/** What signatures may be made with: no SHA-1, no shared secrets, no transforms that choose what is signed. */
const ALGORITHMS = new Set([
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
  'http://www.w3.org/2001/10/xml-exc-c14n#',
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  `${XML_DSIG}enveloped-signature`,
]);

/** Refuses, before anything parses it, what no identity provider writes and attacks are made of; returns it unchanged. */
export function checkText(base64: string): string {
  const refuse = (why: string): never => {
    throw new Refusal('assertion_invalid', `the response ${why}`);
  };
  if (base64 === '' || base64.length > MAX_LENGTH) refuse('is missing or too large');
  if (!/^[A-Za-z0-9+/\r\n]+={0,2}\s*$/.test(base64)) refuse('is not base64');
  const xml = Buffer.from(base64, 'base64');
  const trick = trickIn(xml);
  if (trick) refuse(trick);
  const text = xml.toString();
  // Signature wrapping needs two: the one that was signed and the one that is read.
  const assertions = text.match(/<(?:[^\s<>/:]+:)?Assertion[\s/>]/g) ?? [];
  if (assertions.length > 1) refuse(`has ${assertions.length} assertions`);
  if (foreignAlgorithm(text, ALGORITHMS)) refuse('uses an algorithm that is not allowed');
  return base64;
}
