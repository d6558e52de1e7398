/**
 * What codes are for, and how long they are. Of a code of eight digits that alone lets somebody in, five tries at each of a
 * million accounts hit one in twenty times; where something else was proven before, nobody can try so many, and six do.
 */
export const PURPOSES = {
  sign_in: { digits: 8 },
  second_factor: { digits: 6 },
  /** That a mailbox is theirs: of a new account, or an account's new address. */
  verify_email: { digits: 8 },
  email_change: { digits: 8 },
  /** That a number is theirs, by who has signed in. */
  verify_phone: { digits: 6 },
} as const satisfies Record<string, { digits: number }>;

export type Purpose = keyof typeof PURPOSES;
