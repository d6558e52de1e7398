import { derive, open, seal } from '../core/sealing.ts';
import type { Stored } from '../store/records.ts';
import type { Store, TenantStore } from '../store/store.ts';
import { nextKeyChange, openKeys, type SigningKey } from './keys.ts';
import type { TenantRecord } from './record.ts';
import { openSamlKeys, type SamlKey } from './saml-keys.ts';
import { secretBox } from './sealed-settings.ts';
import { keyAlgsOf } from './settings/signing.ts';
import type { TenantSettings } from './settings.ts';
import { storedSettings } from './stored-settings.ts';

/** A tenant, ready for use: settings complete, keys open. Immutable; a change makes a new one. */
export type Tenant = {
  readonly id: string;
  readonly name: string;
  /** The issuer identifier: stored, never derived from a request. */
  readonly issuer: string;
  /** Path of the issuer, `/t/<id>`, or empty for an own host. */
  readonly basePath: string;
  readonly status: 'active' | 'suspended';
  readonly settings: TenantSettings;
  /** Grows with each change of the tenant. */
  readonly revision: number;
  readonly keys: SigningKey[];
  /** Of a tenant that speaks SAML; the one that signs comes first. */
  readonly samlKeys: SamlKey[];
  /** When one of the keys changes its state, in milliseconds since the epoch. */
  readonly keysValidUntil: number;
  readonly store: TenantStore;
  /** A 256-bit key for one purpose, of this tenant alone. */
  secretFor(purpose: string): Buffer;
  /** A secret of the settings, in plain. Error `bad_config` for what was not sealed for this tenant. */
  openSecret(sealed: string): string;
};

/** The issuer identifier of a tenant: its own origin, or the path below the installation's. */
export const issuerOf = (baseUrl: string, id: string, record: Pick<TenantRecord, 'issuer'>): string =>
  record.issuer ?? `${baseUrl}/t/${id}`;

/** What users know it by. */
export const brandOf = ({ name, settings }: Pick<Tenant, 'name' | 'settings'>): string =>
  settings.branding.display_name ?? name;

const dataKeyContext = (id: string) => `data key ${id}`;

/** A tenant's data key, sealed with the master key; and back (error `bad_config`). */
export const sealDataKey = (masterKey: Buffer, id: string, dataKey: Buffer): string =>
  seal(masterKey, dataKey, dataKeyContext(id));
export const openDataKey = (masterKey: Buffer, id: string, sealed: string): Buffer =>
  open(masterKey, sealed, dataKeyContext(id));

/** What a record says, made ready. Error `bad_config` when it was sealed with another master key, or has settings of another version. */
export function openTenant(
  deps: { store: Store; masterKey: Buffer; baseUrl: string },
  record: Stored<TenantRecord>,
  now: number,
): Tenant {
  const { id } = record;
  const dataKey = openDataKey(deps.masterKey, id, record.dataKey);
  const settings = storedSettings(record);
  const secrets = new Map<string, Buffer>();
  return {
    id,
    name: record.name,
    issuer: issuerOf(deps.baseUrl, id, record),
    basePath: record.issuer ? '' : `/t/${id}`,
    status: record.status,
    settings,
    revision: record.version,
    keys: openKeys({ id, dataKey }, record.keys, keyAlgsOf(settings), now),
    samlKeys: openSamlKeys({ id, dataKey }, record.samlKeys ?? [], now),
    keysValidUntil: nextKeyChange([...record.keys, ...(record.samlKeys ?? [])], now),
    store: deps.store.forTenant(id),
    secretFor(purpose) {
      let secret = secrets.get(purpose);
      if (!secret) {
        secret = derive(dataKey, purpose);
        secrets.set(purpose, secret);
      }
      return secret;
    },
    openSecret: secretBox({ id, dataKey }).open,
  };
}
