import { z } from 'zod';
import { defineRecord } from '../../store/records.ts';

const authenticator = z.strictObject({
  id: z.string(),
  name: z.string(),
  sealedSeed: z.string(),
  /** The time step of the last code that was accepted: none of it or before is again (RFC 6238 5.2). */
  lastStep: z.number().int(),
  createdAt: z.number().int(),
  lastUsedAt: z.number().int().optional(),
});

const schema = z.strictObject({ authenticators: z.array(authenticator) });

export type Authenticator = z.infer<typeof authenticator>;
export type Authenticators = z.infer<typeof schema>;

/** The id is the account's: all its authenticators in one record, so that a code counts once and their number has a limit. */
export const authenticatorsRecord = defineRecord<Authenticators>({ name: 'authenticators', scope: 'tenant', schema });
