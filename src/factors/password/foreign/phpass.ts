import { hash as digest } from 'node:crypto';
import { equal } from '../../../core/hashing.ts';
import { CRYPT64, toCrypt64 } from './crypt64.ts';
import { type ForeignScheme, isWithin } from './foreign-scheme.ts';

const FORM = /^\$[PH]\$([./A-Za-z0-9])([./A-Za-z0-9]{8})([./A-Za-z0-9]{22})$/;

/** The portable hashes of phpass (WordPress, phpBB): MD5 again and again, 2 to the power of the first character. */
export const phpass: ForeignScheme = {
  prefix: /^\$[PH]\$/,
  accepts: 'phpass ($P$, $H$) of at most 2^20 rounds',
  verifier(hash) {
    const [, cost = '', salt, expected = ''] = FORM.exec(hash) ?? [];
    const log = CRYPT64.indexOf(cost);
    if (cost === '' || !isWithin(log, 7, 20)) return undefined;
    return (password) => {
      const bytes = Buffer.from(password);
      let state = digest('md5', Buffer.concat([Buffer.from(salt!), bytes]), 'buffer');
      for (let round = 0; round < 2 ** log; round += 1) state = digest('md5', Buffer.concat([state, bytes]), 'buffer');
      return equal(toCrypt64(state), expected);
    };
  },
};
