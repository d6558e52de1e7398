import { folded } from '../../accounts/folded.ts';
import { readings } from './leet.ts';
import { neighbours, STEP } from './rows.ts';

/** Words for a password, and what else is thought of first, in the larger languages; folded. */
const FIRST_THOUGHTS = [
  ...[
    'password',
    'passwort',
    'kennwort',
    'passord',
    'lösenord',
    'wachtwoord',
    'motdepasse',
    'contraseña',
    'contrasena',
  ],
  ...['senha', 'haslo', 'hasło', 'parola', 'sifre', 'şifre', 'heslo', 'jelszo', 'пароль'],
  ...['パスワード', '密码', '密碼', '비밀번호', 'كلمةالسر', 'סיסמה', 'passwd', 'pass', 'secret', 'geheim'],
  ...['welcome', 'willkommen', 'letmein', 'changeme', 'iloveyou', 'login', 'admin', 'default', 'temporary'],
  // The beginnings of rows, which are tried alone, too.
  ...['123', '789', 'abc', 'xyz', 'qwe', 'asd', 'zxc', 'qaz', 'wsx', 'edc'],
  'gatehouse',
].map((word) => [...word]);

/** Below this many characters of his own nobody has a password: the least length that any policy allows. */
const OWN_CHARACTERS = 8;

/**
 * What is left of a folded text without the words in it (also spelled backwards or like "p@55w0rd"), rows of a keyboard or
 * alphabet, and repetitions: its first occurrence stays of what is repeated.
 */
export function withoutObvious(text: readonly string[], words: readonly (readonly string[])[]): string[] {
  const obvious = new Array<boolean>(text.length).fill(false);
  const mark = (from: number, length: number) => obvious.fill(true, from, from + length);

  const wanted = [...FIRST_THOUGHTS, ...words].flatMap((word) => [word, word.toReversed()]);
  for (const reading of readings(text)) {
    // Short words that are read out of digits and marks would be in too many random texts.
    for (const word of reading === text ? wanted : wanted.filter(({ length }) => length >= STEP)) {
      const first = word[0]!;
      for (let at = reading.indexOf(first); at !== -1; at = reading.indexOf(first, at + 1)) {
        if (word.every((c, i) => reading[at + i] === c)) mark(at, word.length);
      }
    }
  }
  for (let at = 0; at + STEP <= text.length; at += 1) {
    if (neighbours.has(text.slice(at, at + STEP).join(''))) mark(at, STEP);
  }
  for (let period = 1; period <= text.length / 2; period += 1) markRepetitions(text, period, mark);
  return text.filter((_, i) => !obvious[i]);
}

/** A run of characters that are each the same as the one `period` before repeats the block before it. */
function markRepetitions(text: readonly string[], period: number, mark: (from: number, length: number) => void): void {
  let run = 0;
  for (let at = period; at <= text.length; at += 1) {
    if (at < text.length && text[at] === text[at - period]) run += 1;
    else {
      if (run >= Math.max(period, 2)) mark(at - run, run);
      run = 0;
    }
  }
}

/** Whether what is obvious in a folded text makes up most of it: at least half, and too little else. */
export function isObvious(text: readonly string[], words: readonly (readonly string[])[]): boolean {
  const own = withoutObvious(text, words).length;
  return own < OWN_CHARACTERS && own * 2 <= text.length;
}

/** The words in what somebody or something is called: "ada@mail.example" has three. Shorter ones are in too many texts. */
export const wordsOf = (names: readonly string[]): string[][] => {
  const words = names.flatMap((name) => folded(name).split(/[^\p{L}\p{M}\p{N}]+/u));
  return [...new Set(words)]
    .map((word) => [...word])
    .filter((word) => word.length >= 3 || /\p{Lo}{2}/u.test(word.join('')));
};
