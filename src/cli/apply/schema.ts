import { z } from 'zod';
import { userInput } from '../../accounts/input.ts';
import { organizationId, organizationInput } from '../../accounts/organizations/record.ts';
import { STATUSES } from '../../accounts/record.ts';
import { memberships, roleNames } from '../../accounts/roles.ts';
import { tenantSettings } from '../../tenants/settings.ts';

const client = z.looseObject({ client_id: z.string(), client_secret: z.string().optional() });

const organization = organizationInput.extend({ id: organizationId });

const user = userInput.extend({
  email_verified: z.boolean().optional(),
  attributes: z.record(z.string(), z.json()).optional(),
  status: z.enum(STATUSES).optional(),
  roles: roleNames.optional(),
  organizations: memberships.optional(),
  password: z.string().optional(),
  password_hash: z.string().optional(),
  to_migrate: z.boolean().optional(),
});

const tenant = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** null: back to the path below the installation's own URL. */
  issuer: z.string().nullable().optional(),
  settings: tenantSettings.optional(),
  clients: z.array(client).optional(),
  organizations: z.array(organization).optional(),
  users: z.array(user).optional(),
});

/**
 * The declarative file. What it does not name stays as it is: tenants, clients, users, a tenant's `issuer` and `settings`, the
 * fields of a user, secrets and passwords. What it does name is replaced as a whole: `settings`, the metadata of a client, an
 * organization.
 */
export const fileSchema = z.strictObject({ tenants: z.array(tenant) });

export type Wanted = z.input<typeof fileSchema>;
export type WantedTenant = Wanted['tenants'][number];
export type WantedClient = NonNullable<WantedTenant['clients']>[number];
export type WantedOrganization = NonNullable<WantedTenant['organizations']>[number];
export type WantedUser = NonNullable<WantedTenant['users']>[number];
