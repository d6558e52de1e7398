/** The characters of a text as people count them: code points after NFKC (NIST SP 800-63B-4 3.1.1.2). */
export const codePoints = (text: string): string[] => [...text.normalize('NFKC')];
