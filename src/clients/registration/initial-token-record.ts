import { z } from 'zod';
import { defineRecord } from '../../store/records.ts';
import { registrationOverrides } from '../../tenants/settings/client-registration.ts';

/** What lets somebody register clients (RFC 7591 3). */
const schema = z.strictObject({
  /** A keyed hash: the token itself is shown once. */
  hash: z.string(),
  /** What it is for, in words. */
  note: z.string().min(1).max(200).optional(),
  /** Clients that it can still register; absent: any number. */
  left: z.number().int().min(0).optional(),
  /** Clients that were registered by it. */
  used: z.number().int().min(0),
  /** Over the tenant's policy. */
  policy: registrationOverrides,
  expires: z.number().int(),
  createdAt: z.number().int(),
});

export type InitialToken = z.infer<typeof schema>;

export const initialTokenRecord = defineRecord<InitialToken>({
  name: 'initial_access_tokens',
  scope: 'tenant',
  schema,
  unique: [['hash']],
  expires: 'expires',
});
