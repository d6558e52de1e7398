import { z } from 'zod';
import { FACTORS } from '../factors/proof.ts';
import { defineRecord } from '../store/records.ts';

const proof = z.strictObject({
  factor: z.enum(FACTORS),
  at: z.number().int(),
  userVerified: z.boolean().optional(),
  backupEligible: z.boolean().optional(),
  upstream: z
    .strictObject({
      id: z.string(),
      aal: z.union([z.literal(1), z.literal(2), z.literal(3)]).optional(),
      amr: z.array(z.string()).optional(),
    })
    .optional(),
});

/** Where and by what somebody signed in, as they can recognise it. */
export const origin = z.strictObject({
  ip: z.string().optional(),
  country: z.string().optional(),
  userAgent: z.string().max(512).optional(),
});
export type Origin = z.infer<typeof origin>;

/** A service provider that was told of the session by SAML: by which index, and by which name of its user. */
const samlParty = z.strictObject({
  clientId: z.string(),
  index: z.string(),
  nameId: z.strictObject({ format: z.string(), value: z.string() }),
});
export type SamlParty = z.infer<typeof samlParty>;

const schema = z.strictObject({
  accountId: z.string(),
  /** That of the account when it began: whatever was ended since has ended it, too, but what it has ended itself. */
  signedOutAt: z.number().int().optional(),
  proofs: z.array(proof).min(1).max(20),
  /** Seconds since the epoch. */
  startedAt: z.number().int(),
  lastSeenAt: z.number().int(),
  /** The longest that it was left alone, in seconds: since anything was proven, and since all of level 3 was. */
  pauses: z.strictObject({ proof: z.number().int(), aal3: z.number().int() }).optional(),
  remember: z.boolean(),
  /** Where its user signed in besides, to sign out there, too; the ID token sealed. */
  upstream: z.strictObject({ id: z.string(), idToken: z.string() }).optional(),
  /** The trusted device that stood for a second factor. */
  trustedDevice: z.string().optional(),
  origin,
  /** To sign out there, too: the core knows its clients only, and not what they were told. */
  samlParties: z.array(samlParty).optional(),
  /** Milliseconds since the epoch. */
  expiresAt: z.number().int(),
});

export type SignInRecord = z.infer<typeof schema>;

/** By the `uid` of the protocol core's session. Without its record a session proves nothing. */
export const signInRecord = defineRecord<SignInRecord>({
  name: 'sign_ins',
  scope: 'tenant',
  schema,
  indexes: ['accountId'],
  expires: 'expiresAt',
});
