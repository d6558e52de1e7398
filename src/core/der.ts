/** One value in the Distinguished Encoding Rules of ASN.1 (X.690), of parts that are encoded already. */
export function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

export const seq = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
