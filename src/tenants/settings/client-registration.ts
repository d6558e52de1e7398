import { z } from 'zod';
import { isUnique } from '../../core/validate.ts';
import { CLIENT_AUTH_METHODS } from './client-auth-methods.ts';
import { scopeName } from './scope-name.ts';
import { softwareStatements } from './software-statements.ts';

const DAY = 86_400;

const names = z.array(z.string().min(1).max(128)).max(100).refine(isUnique, 'must not name one twice');

/** What a client that registers itself may be, each part of which an initial access token can have otherwise. */
const parts = {
  trusted: z
    .boolean()
    .describe(
      'treat them as clients that you made: no warning on the consent page, consent is remembered, names are not compared with yours',
    ),
  grant_types: names.min(1).describe('that they may have; others are left out of what they ask for'),
  response_types: names.describe('that they may have; default: those of the tenant'),
  token_endpoint_auth_methods: z
    .array(z.enum(CLIENT_AUTH_METHODS))
    .min(1)
    .refine(isUnique, 'must not name one twice')
    .describe('how they may authenticate; default: as the tenant allows'),
  scopes: z
    .array(scopeName)
    .max(200)
    .describe('that they may ask for, of APIs too; a client that names none has all of these'),
  metadata: names.describe(
    'names of metadata that are kept, besides redirect URIs, grants, response types, authentication and scope; default: all',
  ),
  defaults: z
    .record(z.string(), z.json())
    .describe('metadata of those who do not give them, or (if not in `metadata`) of all'),
  secret_ttl: z
    .number()
    .int()
    .min(3600)
    .max(3650 * DAY)
    .describe('their secrets end after so long; default: never'),
  unused_ttl: z
    .number()
    .int()
    .min(600)
    .max(3650 * DAY)
    .describe('a client that nobody used for so long is removed; default: never'),
};

/** What an initial access token says over the tenant's policy. */
export const registrationOverrides = z.strictObject(parts).partial();
export type RegistrationOverrides = z.output<typeof registrationOverrides>;

/** Grants where a person is asked, and sees the address that the answer goes to. */
const GRANTS = ['authorization_code', 'implicit', 'refresh_token'];
const SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

export const clientRegistration = z
  .strictObject({
    mode: z
      .enum(['off', 'token', 'open'])
      .default('token')
      .describe('who may register a client (RFC 7591): nobody, who has an initial access token, or anybody'),
    ...parts,
    trusted: parts.trusted.default(false),
    grant_types: parts.grant_types.default(GRANTS),
    response_types: parts.response_types.optional(),
    token_endpoint_auth_methods: parts.token_endpoint_auth_methods.optional(),
    scopes: parts.scopes.default(SCOPES),
    metadata: parts.metadata.optional(),
    defaults: parts.defaults.default({}),
    secret_ttl: parts.secret_ttl.optional(),
    unused_ttl: parts.unused_ttl.optional(),
    max_clients: z
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .default(1000)
      .describe('clients of the tenant that registered themselves, at one time'),
    per_address: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(600)
      .describe('tries without a token from one address in an hour, in mode open'),
    software_statements: softwareStatements,
  })
  .prefault({});

export type ClientRegistration = z.output<typeof clientRegistration>;
export type RegistrationPolicy = Pick<ClientRegistration, keyof typeof parts>;
