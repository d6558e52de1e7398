import { z } from 'zod';
import { defineRecord } from '../store/records.ts';
import { ENCRYPTION_ALGS, SIGNING_ALGS } from './settings/signing.ts';
import { type TenantSettingsInput, tenantSettings } from './settings.ts';

/**
 * A signing key. Its state follows from the time alone: next before `activeFrom`, then current until a later key of its
 * algorithm is active, then previous until `retiresAt`. So a rotation is one write, and no node has to be told.
 */
const sealedKey = z.strictObject({
  kid: z.string(),
  alg: z.enum([...SIGNING_ALGS, ...ENCRYPTION_ALGS]),
  /** The private JWK, sealed with the tenant's data key. */
  sealed: z.string(),
  activeFrom: z.number().int(),
  /** Set when a successor was made: no token that it signed lives longer. */
  retiresAt: z.number().int().optional(),
});

/** A signing key of the tenant as identity provider of SAML, and its certificate in PEM. */
const sealedSamlKey = sealedKey.extend({ certificate: z.string() });

const schema = z.strictObject({
  name: z.string().min(1).max(100),
  /** An own origin (own domain or subdomain); absent: `<base>/t/<id>`. */
  issuer: z.string().optional(),
  /** The host of `issuer`, for the resolver. */
  host: z.string().optional(),
  /** The id with look-alike characters folded, so that no second tenant can be mistaken for this one. */
  skeleton: z.string(),
  status: z.enum(['active', 'suspended']),
  /** As given; defaults are filled in when it is loaded, so that a new default reaches all who did not choose. */
  settings: z.custom<TenantSettingsInput>((value) => tenantSettings.safeParse(value).success, 'must be settings'),
  /** The tenant's data key, sealed with the master key. */
  dataKey: z.string(),
  keys: z.array(sealedKey),
  /** Of a tenant that speaks SAML, or has. */
  samlKeys: z.array(sealedSamlKey).optional(),
  createdAt: z.number().int(),
});

export type TenantRecord = z.infer<typeof schema>;
export type SealedKey = z.infer<typeof sealedKey>;
export type SealedSamlKey = z.infer<typeof sealedSamlKey>;

/** Everything about a tenant in one record: one read loads it, one write changes it, its version is the revision. */
export const tenantRecord = defineRecord<TenantRecord>({
  name: 'tenants',
  scope: 'platform',
  schema,
  unique: [['host'], ['skeleton']],
});
