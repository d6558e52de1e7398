import { X509Certificate } from 'node:crypto';
import ipaddr from 'ipaddr.js';

/** OID of the extended key usage "TLS client" (RFC 5280 4.2.1.12). */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** The certificate, or undefined for what is none. `text`: PEM. */
export function parseCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

/**
 * Whether one of the authorities has issued the certificate, and it is for TLS clients and in force. An authority is
 * trusted by itself, root or not: nobody has to be trusted with all that a root has below it. `now` in milliseconds.
 */
export function isIssuedBy(leaf: X509Certificate, authorities: readonly X509Certificate[], now: number): boolean {
  // Node gives the extended key usage; without the extension the certificate is for everything.
  const usage = leaf.keyUsage as string[] | undefined;
  if (!isInForce(leaf, now) || (usage && !usage.includes(CLIENT_AUTH))) return false;
  return authorities.some(
    (authority) =>
      authority.ca && isInForce(authority, now) && leaf.checkIssued(authority) && leaf.verify(authority.publicKey),
  );
}

const isInForce = ({ validFromDate, validToDate }: X509Certificate, now: number) =>
  validFromDate.getTime() <= now && now < validToDate.getTime();

/**
 * The subject as a list of relative names, most specific first, in one spelling: `cn=web`, `o=Acme Inc`. `text` is a
 * string representation (RFC 4514). Undefined for what is none.
 */
export function distinguishedName(text: string): string[] | undefined {
  const names = splitUnescaped(text, ',').map((name) => splitUnescaped(name, '+').map(attribute));
  if (names.some((name) => name.includes(undefined))) return undefined;
  return names.map((name) => name.sort().join('+'));
}

/** The same of a certificate's subject: Node prints one name a line, least specific first. */
export const subjectOf = ({ subject }: X509Certificate): string[] | undefined =>
  subject === undefined ? [] : distinguishedName(subject.split('\n').reverse().join(','));

/** Other spellings of attribute types (RFC 4514 3, RFC 4519 2). */
const TYPES: Record<string, string> = {
  e: 'emailaddress',
  '1.2.840.113549.1.9.1': 'emailaddress',
  '2.5.4.3': 'cn',
  '2.5.4.5': 'serialnumber',
  '2.5.4.6': 'c',
  '2.5.4.7': 'l',
  '2.5.4.8': 'st',
  '2.5.4.10': 'o',
  '2.5.4.11': 'ou',
  '0.9.2342.19200300.100.1.25': 'dc',
  '0.9.2342.19200300.100.1.1': 'uid',
};

function attribute(text: string): string | undefined {
  const [, type, value] = /^\s*([A-Za-z][A-Za-z0-9-]*|[0-9.]+)\s*=\s*((?:\\ |.)*?)\s*$/s.exec(text) ?? [];
  if (!type || value === undefined) return undefined;
  const name = type.toLowerCase();
  return `${TYPES[name] ?? name}=${unescaped(value)}`;
}

/** RFC 4514 2.4: a backslash before a character, or before two hexadecimal digits of a byte. */
function unescaped(value: string): string {
  return value.replace(/((?:\\[0-9a-f]{2})+)|\\(.)/gi, (_, hex: string | undefined, char: string) =>
    hex ? Buffer.from(hex.replaceAll('\\', ''), 'hex').toString() : char,
  );
}

function splitUnescaped(text: string, separator: ',' | '+'): string[] {
  const parts = text.match(separator === ',' ? /(?:\\.|[^\\,])+/gs : /(?:\\.|[^\\+])+/gs);
  return parts ?? [];
}

type AltNameKind = 'dns' | 'uri' | 'ip' | 'email';
const KINDS: Record<string, AltNameKind> = { DNS: 'dns', URI: 'uri', 'IP Address': 'ip', email: 'email' };

/** The names of the certificate's subjectAltName of one kind. */
export function altNames({ subjectAltName = '' }: X509Certificate, kind: AltNameKind): string[] {
  // A name with a character that could end it stands in quotes, as JSON.
  const names = subjectAltName.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return [...names].flatMap(([, label, text]) =>
    KINDS[label!] === kind ? [text!.startsWith('"') ? (JSON.parse(text!) as string) : text!] : [],
  );
}

export const isSameAddress = (a: string, b: string): boolean =>
  ipaddr.isValid(a) && ipaddr.isValid(b) && ipaddr.process(a).toString() === ipaddr.process(b).toString();
