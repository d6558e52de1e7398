import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { alreadyExists, invalidInput, notFound } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';
import { checked } from '../core/validate.ts';
import type { Page, Query, Stored } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { ImportOptions } from './imported-key.ts';
import { type KeyOwner, makeKey } from './keys.ts';
import { type TenantRecord, tenantRecord } from './record.ts';
import { checkRelyingParty } from './relying-party.ts';
import type { Resolver } from './resolver.ts';
import { createRotation } from './rotation.ts';
import { makeSamlKey } from './saml-keys.ts';
import { createSamlRotation } from './saml-rotation.ts';
import { sealSecrets, secretBox } from './sealed-settings.ts';
import { shownName } from './settings/shown-name.ts';
import { keyAlgsOf } from './settings/signing.ts';
import { type TenantSettings, type TenantSettingsInput, tenantSettings } from './settings.ts';
import { checkSlug, skeleton } from './slug.ts';
import { issuerOf, openDataKey, sealDataKey } from './tenant.ts';

export type TenantInput = { id: string; name: string; issuer?: string; settings?: TenantSettingsInput };
export type TenantChange = { name?: string; issuer?: string | null; settings?: TenantSettingsInput };

/** The life of tenants. Every change is one write and one audit event, and takes effect in this process at once. */
export function createTenants(deps: {
  store: Store;
  masterKey: Buffer;
  baseUrl: string;
  production: boolean;
  clock: Clock;
  audit: Audit;
  resolver: Resolver;
}) {
  const records = deps.store.platform(tenantRecord);
  const rotation = createRotation(deps);
  const samlRotation = createSamlRotation(deps);

  async function changed(id: string, action: string, change: (record: TenantRecord) => TenantRecord | undefined) {
    const before = await records.get(id);
    if (!before) throw notFound(`tenant "${id}"`);
    const after = await records.update(id, change);
    if (!after) throw notFound(`tenant "${id}"`);
    deps.resolver.drop(id, before.host);
    deps.resolver.drop(id, after.host);
    if (after.version !== before.version) await deps.audit.record(id, { type: action, target: id });
    return after;
  }

  return {
    get: (id: string): Promise<Stored<TenantRecord> | undefined> => records.get(id),
    list: (query?: Query): Promise<Page<TenantRecord>> => records.find(query),

    /** Refuses what `create` would refuse, as far as the input alone tells; the settings with every default. */
    check: (input: TenantInput): TenantSettings => checkInput(input).settings,

    /** The settings as they would be stored: secrets sealed, those that are the same as they are. Error `invalid_input`. */
    async sealed(id: string, settings: TenantSettingsInput): Promise<TenantSettingsInput> {
      const record = await records.get(id);
      return record ? sealedFor(id, record, settings) : sealed({ id, dataKey: randomBytes(32) }, settings, undefined);
    },

    /** Errors: `invalid_input` (with pointers), `already_exists`. */
    async create(input: TenantInput): Promise<Stored<TenantRecord>> {
      const { issuer, settings } = checkInput(input);
      if (await records.get(input.id)) throw alreadyExists('tenants', ['id']);
      const now = deps.clock();
      const dataKey = randomBytes(32);
      const given = sealed({ id: input.id, dataKey }, input.settings ?? {}, undefined);
      const keys = keyAlgsOf(settings).map((alg) => makeKey({ id: input.id, dataKey }, alg, now));
      const tenant = await records.insert(input.id, {
        name: input.name,
        ...address(issuer),
        skeleton: skeleton(input.id),
        status: 'active',
        settings: given,
        dataKey: sealDataKey(deps.masterKey, input.id, dataKey),
        keys: await Promise.all(keys),
        ...(settings.saml.enabled && { samlKeys: [await makeSamlKey({ id: input.id, dataKey }, now, now)] }),
        createdAt: now,
      });
      deps.resolver.drop(input.id, tenant.host);
      await deps.audit.record(input.id, { type: 'tenant.created', target: input.id });
      return tenant;
    },

    /** Replaces what is given; `issuer: null` goes back to the path. Errors: as `create`, `not_found`. */
    async change(id: string, change: TenantChange): Promise<Stored<TenantRecord>> {
      const issuer = typeof change.issuer === 'string' ? ownIssuer(change.issuer) : change.issuer;
      if (change.name !== undefined) checked(shownName, change.name, '/name');
      const settings = change.settings && checked(tenantSettings, change.settings, '/settings');
      const tenant = await changed(id, 'tenant.changed', (record) => {
        const { issuer: before, host: _, ...rest } = record;
        const next = {
          ...rest,
          ...address(issuer === undefined ? before : issuer),
          name: change.name ?? record.name,
          settings: change.settings ? sealedFor(id, record, change.settings) : record.settings,
        };
        checkRelyingParty(issuerOf(deps.baseUrl, id, next), next.settings);
        return isDeepStrictEqual(record, next) ? undefined : next;
      });
      if (settings) await rotation.adoptAlgorithms(id, keyAlgsOf(settings));
      if (settings?.saml.enabled) await samlRotation.adopt(id);
      return (await records.get(id)) ?? tenant;
    },

    /** Every flow of the tenant stops within a second; nothing is lost. */
    suspend: (id: string) =>
      changed(id, 'tenant.suspended', (record) =>
        record.status === 'suspended' ? undefined : { ...record, status: 'suspended' },
      ),
    resume: (id: string) =>
      changed(id, 'tenant.resumed', (record) =>
        record.status === 'active' ? undefined : { ...record, status: 'active' },
      ),

    /**
     * A new signing key for each algorithm. It is published at once, and signs when every relying party's copy of the
     * JWKS has expired; with `now`, immediately.
     */
    rotateKeys: (id: string, { now = false }: { now?: boolean } = {}) => rotation.replace(id, { now }),

    /**
     * A private key that was made elsewhere, as a JWK or in PEM (PKCS#8): it is published at once, and signs as after a
     * rotation. Errors `invalid_input`, `not_found`, `version_conflict`.
     */
    importKey: (id: string, text: string, { now = false, ...options }: ImportOptions & { now?: boolean } = {}) =>
      rotation.takeIn(id, text, { ...options, now }),

    /** For keys that have leaked: none of the old ones is published or accepted any more, new ones sign at once. */
    revokeKeys: (id: string) => rotation.replace(id, { now: true, revoke: true }),

    /** The same two of the key that signs SAML: it is published so many days ahead as the settings say. */
    rotateSamlKey: (id: string, { now = false }: { now?: boolean } = {}) => samlRotation.replace(id, { now }),
    revokeSamlKey: (id: string) => samlRotation.replace(id, { now: true, revoke: true }),
  };

  function checkInput(input: TenantInput) {
    checkSlug(input.id);
    checked(shownName, input.name, '/name');
    const issuer = input.issuer === undefined ? undefined : ownIssuer(input.issuer);
    const settings = checked(tenantSettings, input.settings ?? {}, '/settings');
    checkRelyingParty(issuerOf(deps.baseUrl, input.id, { issuer }), settings);
    return { issuer, settings };
  }

  function sealed(owner: KeyOwner, settings: TenantSettingsInput, before: TenantSettingsInput | undefined) {
    return sealSecrets(tenantSettings, settings, before, secretBox(owner));
  }

  function sealedFor(id: string, record: TenantRecord, settings: TenantSettingsInput): TenantSettingsInput {
    const dataKey = openDataKey(deps.masterKey, id, record.dataKey);
    return sealed({ id, dataKey }, settings, record.settings);
  }

  function ownIssuer(issuer: string): string {
    const url = URL.parse(issuer);
    const refuse = (message: string) => {
      throw invalidInput(`the issuer ${message}`, [{ pointer: '/issuer', message }]);
    };
    if (!url || !/^https?:$/.test(url.protocol)) return refuse('must be an https URI, e.g. https://login.example.com');
    if (url.pathname !== '/' || url.search || url.hash || url.username)
      return refuse('must be an origin: no path, query, fragment or user');
    if (url.protocol === 'http:' && (deps.production || !isLoopback(url.hostname)))
      return refuse('must be https (http only for localhost, outside production)');
    if (url.host === new URL(deps.baseUrl).host) return refuse("must not be the installation's own host");
    return url.origin;
  }
}

export type Tenants = ReturnType<typeof createTenants>;

/** The fields of an issuer of one's own; none for one by path. */
const address = (issuer: string | null | undefined) => (issuer ? { issuer, host: new URL(issuer).host } : {});
