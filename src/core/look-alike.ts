/**
 * What passes for a Latin letter, in small or capital letters: of Cyrillic, Greek and Armenian, and digits and signs (the
 * part of UTS #39's table that words are written with). Left what is seen, right what stands there.
 */
const PASSES_FOR: Record<string, string> = {
  a: 'аα4@',
  b: 'вβь',
  c: 'сϲ',
  d: 'ԁ',
  e: 'еєε3',
  f: 'ғ',
  g: 'ԍց',
  h: 'һнհ',
  j: 'јϳ',
  k: 'кκ',
  l: 'ıіιӏi1|',
  m: 'мμ',
  n: 'пηո',
  o: 'оοσօ0',
  p: 'рρ',
  q: 'ԛ',
  r: 'гг',
  s: 'ѕտ5$',
  t: 'тτ7',
  u: 'υսц',
  v: 'ѵν',
  w: 'ѡωԝш',
  x: 'хχ',
  y: 'уүγյ',
  z: 'ζ2',
};
const SEEN = new Map(
  Object.entries(PASSES_FOR).flatMap(([seen, all]) => [...all].map((each) => [each, seen] as const)),
);

/**
 * What a text looks like at a glance, in small Latin letters where it is possible: two texts that many people would take for one
 * another give the same. Without spaces, accents and punctuation; also `rn` is `m`, and `vv` is `w`.
 */
export const lookAlike = (text: string): string =>
  [...text.normalize('NFKD').toLowerCase()]
    .map((char) => SEEN.get(char) ?? char)
    .join('')
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');

const LATIN = /\p{Script=Latin}/u;
/** Scripts that are written together with Latin in one word (UTS #39 5.2, "highly restrictive"), and what has no script. */
const BESIDE_LATIN =
  /[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;

/** Whether a word mixes Latin letters with those of a script that has look-alikes of them. */
export const hasMixedScripts = (text: string): boolean =>
  text
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .some((word) => LATIN.test(word) && [...word].some((char) => !BESIDE_LATIN.test(char)));
