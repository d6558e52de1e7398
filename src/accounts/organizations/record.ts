import { z } from 'zod';
import { isUnique } from '../../core/validate.ts';
import { defineRecord } from '../../store/records.ts';
import { policyPart } from '../../tenants/settings/authentication.ts';
import { mailDomain } from '../../tenants/settings/registration.ts';
import { shownName } from '../../tenants/settings/shown-name.ts';

const fields = {
  name: shownName,
  /** Mail domains. By a verified one its people are known; it belongs to one organization. */
  domains: z
    .array(z.strictObject({ name: mailDomain, verified: z.boolean().default(false) }))
    .max(100)
    .refine((all) => isUnique(all.map(({ name }) => name)), 'must not name one twice')
    .default([]),
  /** Can only make stricter what the tenant says. */
  policy: policyPart.default({}),
  /** Ids of upstreams of the tenant by which its people sign in. */
  upstreams: z.array(z.string().max(64)).max(10).refine(isUnique, 'must not name one twice').default([]),
};

/** What a caller says about an organization. */
export const organizationInput = z.strictObject(fields);
export type OrganizationInput = z.input<typeof organizationInput>;

export const organizationId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1 to 63 small letters, digits and "-", the first no "-"');

const schema = z.strictObject({ ...fields, createdAt: z.number().int(), updatedAt: z.number().int() });
export type Organization = z.output<typeof schema>;

export const organizationRecord = defineRecord<Organization>({ name: 'organizations', scope: 'tenant', schema });
