import { z } from 'zod';
import { defineRecord, type Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';

export const TRANSPORTS = ['ble', 'hybrid', 'internal', 'nfc', 'usb'] as const;

/** A credential record (WebAuthn L3 4). Bytes are base64url, as browsers send them. */
const schema = z.strictObject({
  accountId: z.string(),
  credentialId: z.string(),
  userHandle: z.string(),
  /** COSE_Key, and its algorithm by the IANA registry. */
  publicKey: z.string(),
  algorithm: z.number().int(),
  /** 0 as long as the authenticator does not count. */
  counter: z.number().int(),
  transports: z.array(z.enum(TRANSPORTS)),
  aaguid: z.string(),
  backupEligible: z.boolean(),
  backupState: z.boolean(),
  /** Whether the key's word that it verified its user may be believed. */
  uvInitialized: z.boolean(),
  name: z.string(),
  createdAt: z.number().int(),
  lastUsedAt: z.number().int().optional(),
});

export type Credential = z.infer<typeof schema>;

const passkeyRecord = defineRecord<Credential>({
  name: 'passkeys',
  scope: 'tenant',
  schema,
  unique: [['credentialId']],
  indexes: ['accountId'],
});

/** What a page shows of one. */
export type Passkey = Pick<
  Credential,
  'name' | 'createdAt' | 'lastUsedAt' | 'transports' | 'aaguid' | 'backupEligible' | 'backupState'
> & { id: string };

export const shown = (record: Stored<Credential>): Passkey => {
  const { id, name, createdAt, lastUsedAt, transports, aaguid, backupEligible, backupState } = record;
  return { id, name, createdAt, lastUsedAt, transports, aaguid, backupEligible, backupState };
};

export const recordsOf = (tenant: Tenant) => tenant.store.records(passkeyRecord);

/** All that an account has, the oldest first. */
export const passkeysOf = async (tenant: Tenant, accountId: string): Promise<Stored<Credential>[]> =>
  (await recordsOf(tenant).find({ where: { field: 'accountId', equals: accountId } })).items;
