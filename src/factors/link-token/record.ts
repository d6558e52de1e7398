import { z } from 'zod';
import { defineRecord } from '../../store/records.ts';

const schema = z.strictObject({
  purpose: z.string(),
  subject: z.string(),
  /** Keyed hash of what the mail holds; absent once it was used. */
  hash: z.string().optional(),
  data: z.record(z.string(), z.json()),
  /** Milliseconds. */
  expiresAt: z.number().int(),
});

export type LinkToken = z.infer<typeof schema>;

/** One record for each purpose of a subject, so that a newer token ends the older by the same write. */
export const linkTokenRecord = defineRecord<LinkToken>({
  name: 'link_tokens',
  scope: 'tenant',
  schema,
  indexes: ['subject'],
  expires: 'expiresAt',
});
