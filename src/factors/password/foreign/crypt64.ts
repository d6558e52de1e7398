/** The alphabet of crypt(3): unlike base64 in order, and the lowest bits come first. */
export const CRYPT64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The bytes, three by three, the first of three lowest; as crypt(3) and phpass write them. */
export function toCrypt64(bytes: readonly number[] | Buffer): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const rest = Math.min(3, bytes.length - i);
    let bits = bytes[i]! | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16);
    for (let n = 0; n <= rest; n += 1) {
      text += CRYPT64[bits & 63];
      bits >>= 6;
    }
  }
  return text;
}
