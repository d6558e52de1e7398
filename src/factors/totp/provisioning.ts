import { DIGITS, PERIOD } from './algorithm.ts';

/** What an authenticator app is given, to type, to open or to scan. */
export type Provisioning = {
  /** The seed in base 32. */
  secret: string;
  uri: string;
  /** An inline `<svg>`, dark on light whatever the page's colours: scanners need that. */
  qr: string;
};

/** The key URI that authenticator apps read: the label says at whom and as whom one signs in. */
export async function provisioning(seed: Buffer, issuer: string, account: string): Promise<Provisioning> {
  const secret = base32(seed);
  // A colon ends the issuer in the label; neither name may have one.
  const [at, as] = [issuer, account].map((name) => encodeURIComponent(name.replaceAll(':', ' ').toWellFormed()));
  const uri = `otpauth://totp/${at}:${as}?secret=${secret}&issuer=${at}&algorithm=SHA1&digits=${DIGITS}&period=${PERIOD}`;
  // Loaded when it is needed: no start of the process pays for it.
  const { default: qrcode } = await import('qrcode');
  return { secret, uri, qr: await qrcode.toString(uri, { type: 'svg', margin: 4, errorCorrectionLevel: 'M' }) };
}

/** RFC 4648 6, without padding. */
export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
