import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { der, seq } from './der.ts';

/**
 * A self-signed X.509 v3 certificate (RFC 5280) of an RSA key, in PEM: an envelope for who wants keys in one. `name` is its
 * common name, `from` and `until` are milliseconds since the epoch.
 */
export function selfSigned(privateKey: KeyObject, options: { name: string; from: number; until: number }): string {
  const name = seq(der(SET, seq(COMMON_NAME, der(UTF8, Buffer.from(options.name)))));
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const validity = seq(time(options.from), time(options.until));
  // A positive integer of 16 bytes (RFC 5280 4.1.2.2).
  const serial = der(INTEGER, Buffer.concat([Buffer.from([0x40]), randomBytes(15)]));
  const body = seq(V3, serial, SHA256_WITH_RSA, name, validity, name, spki);
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', body, privateKey));
  const lines = seq(body, SHA256_WITH_RSA, signature)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const UTF8 = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SET = 0x31;

const V3 = Buffer.from('a003020102', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SHA256_WITH_RSA = Buffer.from('300d06092a864886f70d01010b0500', 'hex');

/** RFC 5280 4.1.2.5: two digits for the year until 2049, four afterwards. */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\.\d+/, '').replaceAll(/[-:T]/g, '');
  return digits < '2050' ? der(UTC_TIME, Buffer.from(digits.slice(2))) : der(GENERALIZED_TIME, Buffer.from(digits));
}
