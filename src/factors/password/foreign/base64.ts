import { timingSafeEqual } from 'node:crypto';

/** The characters of base64 as password hashes have it: passlib writes "." for "+", some pad, some do not. */
export const B64 = '[A-Za-z0-9+/.]+={0,2}';

export const fromBase64 = (text: string): Buffer => Buffer.from(text.replaceAll('.', '+'), 'base64');

/** Compares in time that depends on the lengths only. */
export const sameBytes = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
