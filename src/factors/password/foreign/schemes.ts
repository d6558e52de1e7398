import { argon2 } from './argon2.ts';
import { bcrypt } from './bcrypt.ts';
import { firebaseScrypt } from './firebase-scrypt.ts';
import type { ForeignScheme } from './foreign-scheme.ts';
import { pbkdf2 } from './pbkdf2.ts';
import { phpass } from './phpass.ts';
import { saltedSha } from './salted-sha.ts';
import { scrypt } from './scrypt.ts';
import { shaCrypt } from './sha-crypt.ts';

/** Of other systems, whose users may bring their passwords along. */
export const foreignSchemes: readonly ForeignScheme[] = [
  bcrypt,
  argon2,
  scrypt,
  pbkdf2,
  firebaseScrypt,
  phpass,
  saltedSha,
  shaCrypt,
];

/** The scheme of a hash by its beginning. */
export const schemeOf = (hash: string): ForeignScheme | undefined =>
  foreignSchemes.find(({ prefix }) => prefix.test(hash));
