/** Characters that stand for letters; what "1" and "!" stand for differs. */
const LETTERS: Record<string, string> = {
  0: 'o',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  8: 'b',
  9: 'g',
  '@': 'a',
  $: 's',
  '+': 't',
};

const readAs = (text: readonly string[], one: string): string[] =>
  text.map((c) => (c === '1' || c === '!' || c === '|' ? one : (LETTERS[c] ?? c)));

/** What the characters of a text may be meant for, each reading as long as the text: as it is, then "p@55w0rd" as letters. */
export const readings = (text: readonly string[]): (readonly string[])[] => [
  text,
  readAs(text, 'i'),
  readAs(text, 'l'),
];
