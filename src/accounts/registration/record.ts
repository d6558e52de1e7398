import { z } from 'zod';
import { defineRecord } from '../../store/records.ts';
import { claimsSchema } from '../claims.ts';

/** Which documents somebody has accepted. */
export const acceptedTerms = z.array(z.strictObject({ id: z.string(), version: z.string() })).max(20);
export type AcceptedTerms = z.infer<typeof acceptedTerms>;

const schema = z.strictObject({
  email: z.string(),
  username: z.string().optional(),
  claims: claimsSchema,
  attributes: z.record(z.string(), z.json()),
  /** The hash of the password, sealed: this is nobody's account yet. */
  sealedHash: z.string().optional(),
  terms: acceptedTerms,
  locale: z.string().optional(),
  /** The mailbox is proven, and the phone is not yet. */
  emailProven: z.boolean(),
  expires: z.number().int(),
});

export type Pending = z.infer<typeof schema>;

/**
 * A sign-up that waits for its proof. There is no account before that: nobody holds an address that is not theirs, and one
 * that is forgotten goes by itself. The id is a keyed hash of what the browser that began has.
 */
export const pendingRecord = defineRecord<Pending>({ name: 'sign_ups', scope: 'tenant', schema, expires: 'expires' });
