import { z } from 'zod';
import { defineRecord } from '../../store/records.ts';
import { memberships, roleNames } from '../roles.ts';

const schema = z.strictObject({
  email: z.string(),
  emailKey: z.string(),
  roles: roleNames,
  organizations: memberships,
  locale: z.string().optional(),
  createdAt: z.number().int(),
  expires: z.number().int(),
});

export type Invitation = z.infer<typeof schema>;

export const invitationRecord = defineRecord<Invitation>({
  name: 'invitations',
  scope: 'tenant',
  schema,
  indexes: ['emailKey'],
  expires: 'expires',
});
