import { equal } from '../../../core/hashing.ts';
import { type ForeignScheme, isWithin } from './foreign-scheme.ts';
import { shaCryptDigest } from './sha-crypt-digest.ts';

const FORM = /^\$([56])\$(?:rounds=(\d{4,7})\$)?([^$\s]{0,16})\$([./A-Za-z0-9]+)$/;
const ALGORITHMS = { 5: { name: 'sha256', length: 43 }, 6: { name: 'sha512', length: 86 } } as const;

/** "Unix crypt using SHA-256 and SHA-512", U. Drepper; of Unix accounts and of directories. */
export const shaCrypt: ForeignScheme = {
  prefix: /^\$[56]\$/,
  accepts: 'SHA-crypt ($5$, $6$) of 1000 to 1000000 rounds',
  verifier(hash) {
    const [, id, rounds = '5000', salt = '', expected = ''] = FORM.exec(hash) ?? [];
    if (!id || !isWithin(Number(rounds), 1000, 1_000_000)) return undefined;
    const { name, length } = ALGORITHMS[id as '5' | '6'];
    if (expected.length !== length) return undefined;
    return (password) => equal(shaCryptDigest(name, password, salt, Number(rounds)), expected);
  },
};
