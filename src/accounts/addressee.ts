import type { User } from './record.ts';

/** Of a mail for a user: it goes to the address on record, never to one out of a request. `locale`: where they have none set. */
export const addressee = ({ id, email, claims }: User & { id: string }, locale?: string) => ({
  to: email,
  locale: claims.locale ?? locale,
  accountId: id,
});
