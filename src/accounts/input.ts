import { z } from 'zod';
import { type Claims, claimFields } from './claims.ts';
import { emailKey, emailProblem } from './email.ts';
import { usernameKey, usernameProblem } from './username.ts';

const said = (problem: (value: unknown) => string | undefined) =>
  z.string().superRefine((value, ctx) => {
    const message = problem(value);
    if (message) ctx.addIssue({ code: 'custom', message });
  });

const fields = {
  email: said(emailProblem),
  email_verified: z.boolean().default(false),
  username: said(usernameProblem).optional(),
  /** By names that the tenant's profile schema has. */
  attributes: z.record(z.string(), z.json()).default({}),
  ...claimFields,
};

/** What a caller says about a user, by standard names. A password comes apart from it. */
export const userInput = z.strictObject(fields);
export type UserInput = z.input<typeof userInput>;

/** The record's fields out of the caller's. */
export function profileOf(input: z.output<typeof userInput>) {
  const { email, email_verified, username, attributes, ...rest } = input;
  const claims: Claims = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    email,
    emailKey: emailKey(email),
    email_verified,
    ...(username !== undefined && { username, usernameKey: usernameKey(username) }),
    claims,
    attributes,
  };
}
