/** Digits as people type or paste them: with spaces and dashes, in full width, or Arabic. Other characters stay. */
export const typedDigits = (text: string): string =>
  typedCode(text).replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));

/** A code without what people and mail programs put between its characters; bounded before it is worked on. */
export const typedCode = (text: string): string =>
  text
    .slice(0, 64)
    .normalize('NFKC')
    .replace(/[\s\p{Pd}\p{Cf}]/gu, '');
