/** How another system keeps passwords. */
export type ForeignScheme = {
  /** What its hashes begin with. */
  prefix: RegExp;
  /** What is taken of it, for people who import: forms and bounds. */
  accepts: string;
  /** Bytes of a password that it looks at; what follows them is never proven. */
  limit?: number;
  /** What tells whether a password has this hash, in this very thread; undefined where it is malformed, or dearer than the bounds. */
  verifier(hash: string): Verifier | undefined;
};

export type Verifier = (password: string) => boolean | Promise<boolean>;

/** Whether a whole number, as it is written in a hash, is within bounds. */
export const isWithin = (value: number, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= least && value <= most;
