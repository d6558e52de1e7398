import { z } from 'zod';
import { defineRecord } from '../store/records.ts';
import { registrationOverrides } from '../tenants/settings/client-registration.ts';

const storedSecret = z.union([z.strictObject({ hash: z.string() }), z.strictObject({ sealed: z.string() })]);

/** Of a client that registered itself (RFC 7591). */
const registration = z.strictObject({
  /** The hash of its registration access token, while it has one. */
  token: z.string().optional(),
  /** The initial access token by which it came, if it needed one. */
  initialToken: z.string().optional(),
  /** What that says over the tenant's policy. */
  policy: registrationOverrides.optional(),
  /** As given (RFC 7591 3.2.1: it is sent back unmodified). */
  softwareStatement: z.string().optional(),
  /** Seconds that each of its secrets lasts. */
  secretTtl: z.number().int().optional(),
  /** Seconds without use after which it is gone. */
  unusedTtl: z.number().int().optional(),
});

/** Times are milliseconds since the epoch. */
const schema = z.strictObject({
  /** As given; defaults are the protocol core's. Without `client_id` and `client_secret`. */
  metadata: z.record(z.string(), z.unknown()),
  secret: storedSecret.optional(),
  secretExpires: z.number().int().optional(),
  /** The secret before that one, which is good until then. */
  previous: z.strictObject({ secret: storedSecret, until: z.number().int() }).optional(),
  /** How it came to be where nobody who may has made it: for the quota. */
  origin: z.literal('registration').optional(),
  registration: registration.optional(),
  /** What the name of a client that is trusted looks like, so that no other is given one like it. */
  nameKey: z.string().optional(),
  /** When it is gone, unless it is used before. */
  expires: z.number().int().optional(),
  createdAt: z.number().int(),
  /** `entity_id` of a service provider of SAML. */
  entityId: z.string().optional(),
});

/** Client metadata by its standard names (OpenID Connect Dynamic Client Registration 1.0 2, RFC 7591 2, ...). */
export type Metadata = Record<string, unknown>;
export type ClientRecord = z.infer<typeof schema>;

/** The id is the `client_id`. */
export const clientRecord = defineRecord<ClientRecord>({
  name: 'clients',
  scope: 'tenant',
  schema,
  unique: [['entityId']],
  indexes: ['origin', 'nameKey'],
  expires: 'expires',
});
