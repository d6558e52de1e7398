/** Characters in the order in which keyboards, alphabets and counting have them. */
const ROWS = [
  // Counting, and in steps.
  '012345678901234',
  '02468',
  '13579',
  // Alphabets.
  'abcdefghijklmnopqrstuvwxyzabcd',
  'абвгдеёжзийклмнопрстуфхцчшщъыьэюя',
  'αβγδεζηθικλμνξοπρστυφχψω',
  // QWERTY, its shifted digits, its columns, and the number pad.
  'qwertyuiop[]\\',
  "asdfghjkl;'",
  'zxcvbnm,./',
  '!@#$%^&*()_+',
  ...['1qaz', '2wsx', '3edc', '4rfv', '5tgb', '6yhn', '7ujm', '8ik,', '9ol.', '0p;/'],
  ...['!qaz', '@wsx', '#edc', '$rfv', '%tgb', '^yhn', '&ujm'],
  '147258369147',
  '159357159',
  // QWERTZ, AZERTY, Dvorak, Turkish, ЙЦУКЕН, where they differ.
  'qwertzuiopü+',
  'asdfghjklöä#',
  'yxcvbnm,.-',
  '!"§$%&/()=',
  ...['1qay', '2wsx', '3edc', '4rfv', '6zhn'],
  'azertyuiop^$',
  'qsdfghjklmù*',
  'wxcvbn,;:!',
  "',.pyfgcrl",
  'aoeuidhtns',
  ';qjkxbmwvz',
  'qwertyuıopğü',
  'asdfghjklşi',
  'йцукенгшщзхъ',
  'фывапролджэ',
  'ячсмитьбю',
];

/** Three would be in too many random texts. */
export const STEP = 4;

/** Every `STEP` neighbours, in either direction. */
export const neighbours: ReadonlySet<string> = new Set(
  ROWS.flatMap((row) => [[...row], [...row].reverse()]).flatMap((row) =>
    row.slice(STEP - 1).map((_, i) => row.slice(i, i + STEP).join('')),
  ),
);
