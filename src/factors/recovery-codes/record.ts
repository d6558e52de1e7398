import { z } from 'zod';
import { defineRecord } from '../../store/records.ts';

const schema = z.strictObject({
  /** Keyed hashes of the codes that are left. */
  hashes: z.array(z.string()),
  createdAt: z.number().int(),
});

/** The id is the account's: all its codes in one record, so that each is used once and new ones end the old. */
export const recoveryCodesRecord = defineRecord<z.infer<typeof schema>>({
  name: 'recovery_codes',
  scope: 'tenant',
  schema,
});
