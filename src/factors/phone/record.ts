import { z } from 'zod';
import { defineRecord } from '../../store/records.ts';

const phone = z.strictObject({
  id: z.string(),
  /** E.164. */
  number: z.string(),
  verifiedAt: z.number().int(),
});

const schema = z.strictObject({ phones: z.array(phone) });

export type Phone = z.infer<typeof phone>;

/** The id is the account's. Two accounts may have one number: people share phones. */
export const phonesRecord = defineRecord<z.infer<typeof schema>>({ name: 'phones', scope: 'tenant', schema });
