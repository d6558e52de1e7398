/**
 * One form for all that differs only in case or compatibility (NFKC). Upper before lower case, since only that folds
 * "ß" with "ss", and the dotless "ı" with "i": two accounts whose names look alike are worse than a name that is taken.
 */
export const folded = (text: string): string => {
  let last = text;
  for (;;) {
    const next = last.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
    // A few Greek letters need a second round.
    if (next === last) return next;
    last = next;
  }
};
