import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { der, seq } from '../../src/core/der.ts';

/** X.509 certificates (RFC 5280) of keys made here. */

export type Certified = { privateKey: KeyObject; publicKey: KeyObject; cert: string; key: string; subject: Subject };
/** Attribute types and values, least specific first. */
export type Subject = [type: keyof typeof ATTRIBUTES, value: string][];

type Options = {
  subject?: Subject;
  issuer?: Certified;
  isAuthority?: boolean;
  /** GeneralNames. */
  names?: { dns?: string[]; uri?: string[]; email?: string[]; ip?: number[][] };
  /** Extended key usage: OIDs in DER. */
  usage?: string;
  until?: string;
};

const ATTRIBUTES = { CN: '550403', C: '550406', O: '55040a', OU: '55040b' } as const;
export const FOR_CLIENTS = '06082b06010505070302';
export const FOR_SERVERS = '06082b06010505070301';

/** A certificate with a new P-256 key, issued by `issuer` or by itself. */
export function certified(options: Options = {}): Certified {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { subject = [['CN', 'test']] } = options;
  const cert = certificate(privateKey, publicKey, { ...options, subject });
  return { privateKey, publicKey, subject, cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function certificate(privateKey: KeyObject, publicKey: KeyObject, options: Options & { subject: Subject }): string {
  const { subject, issuer, until = '491231235959Z' } = options;
  const signer = issuer?.privateKey ?? privateKey;
  const algorithm = seq(hex('06082a8648ce3d040302')); // ecdsa-with-SHA256
  const validity = seq(der(0x17, Buffer.from('250101000000Z')), der(0x17, Buffer.from(until)));
  const body = seq(
    der(0xa0, hex('020102')),
    hex('0201'.concat(String(serial++).padStart(2, '0'))),
    algorithm,
    nameOf(issuer?.subject ?? subject),
    validity,
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...extensions(options),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, signer));
  const lines = seq(body, algorithm, signature)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

let serial = 10;

const nameOf = (subject: Subject) =>
  seq(
    ...subject.map(([type, value]) =>
      der(0x31, seq(hex(`0603${ATTRIBUTES[type]}`), der(type === 'C' ? 0x13 : 0x0c, Buffer.from(value)))),
    ),
  );

function extensions({ isAuthority, names, usage }: Options): Buffer[] {
  const list = [
    ...(isAuthority ? [seq(hex('0603551d13'), hex('0101ff'), der(0x04, seq(hex('0101ff'))))] : []),
    ...(usage ? [seq(hex('0603551d25'), der(0x04, seq(hex(usage))))] : []),
    ...(names ? [seq(hex('0603551d11'), der(0x04, seq(...generalNames(names))))] : []),
  ];
  return list.length > 0 ? [der(0xa3, seq(...list))] : [];
}

const generalNames = ({ dns = [], uri = [], email = [], ip = [] }: NonNullable<Options['names']>) => [
  ...email.map((name) => der(0x81, Buffer.from(name))),
  ...dns.map((name) => der(0x82, Buffer.from(name))),
  ...uri.map((name) => der(0x86, Buffer.from(name))),
  ...ip.map((bytes) => der(0x87, Buffer.from(bytes))),
];

const hex = (text: string) => Buffer.from(text, 'hex');
