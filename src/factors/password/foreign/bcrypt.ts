import { compareSync } from 'bcrypt';
import { type ForeignScheme, isWithin } from './foreign-scheme.ts';

const FORM = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

export const bcrypt: ForeignScheme = {
  prefix: /^\$2/,
  accepts: 'bcrypt ($2a$, $2b$, $2y$) of cost 04 to 15',
  limit: 72,
  verifier(hash) {
    const match = FORM.exec(hash);
    if (!match || !isWithin(Number(match[1]), 4, 15)) return undefined;
    // PHP's $2y is $2b by another name, unknown to this library.
    return (password) => compareSync(password, hash.replace(/^\$2y/, '$2b'));
  },
};
