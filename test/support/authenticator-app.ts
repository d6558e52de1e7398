import { hotp, stepAt } from '../../src/factors/totp/algorithm.ts';

/** The code that an app with this secret (base 32, in groups or not) shows now, or so many steps from now. */
export const appCode = (secret: string, ahead = 0): string =>
  hotp(bytesOf(secret.replaceAll(' ', '')), stepAt(Date.now() / 1000) + ahead);

export const wrongCode = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

function bytesOf(base32: string): Buffer {
  const bits = [...base32].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0'));
  const octets = bits.join('').match(/.{8}/g) ?? [];
  return Buffer.from(octets.map((octet) => Number.parseInt(octet, 2)));
}
