import { createHmac } from 'node:crypto';
import type { HashThreads } from './hash-threads.ts';

/** bcrypt over base64(HMAC-SHA-256(pepper, NFKC(password))): 44 bytes, so bcrypt's 72-byte limit and NUL cannot bite. */
const OWN = '$gh1$';

export const hashPassword = async (by: HashThreads, pepper: Buffer, password: string, cost: number): Promise<string> =>
  OWN + (await by.hash(peppered(pepper, password), cost));

/** Whether a hash is of our scheme, not imported. */
export const isOwn = (stored: string): boolean => stored.startsWith(OWN);

export const matchesOwn = (by: HashThreads, pepper: Buffer, password: string, stored: string): Promise<boolean> =>
  by.verify(stored.slice(OWN.length), peppered(pepper, password));

/** bcrypt's, out of `$gh1$$2b$<cost>$...`. */
export const costOf = (stored: string): number => Number(stored.slice(OWN.length).split('$')[2]);

const peppered = (pepper: Buffer, password: string) =>
  createHmac('sha256', pepper).update(password.normalize('NFKC')).digest('base64');
