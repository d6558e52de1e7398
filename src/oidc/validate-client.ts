import { generateKeyPairSync } from 'node:crypto';
import { errors } from 'oidc-provider';
import { systemClock } from '../core/clock.ts';
import { invalidInput } from '../core/errors.ts';
import { lru } from '../core/lru.ts';
import { kindOf, useOf } from '../tenants/keys.ts';
import { type KeyAlg, keyAlgsOf } from '../tenants/settings/signing.ts';
import type { TenantSettings } from '../tenants/settings.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { ClientMetadata } from './adapter/client.ts';
import type { OidcDeps } from './configuration.ts';
import { createProvider } from './provider.ts';

type Scratch = ReturnType<typeof createProvider>;

export type ClientValidator = {
  /** Error `invalid_input` with a pointer to the field, as far as the core names it. */
  validate(settings: TenantSettings, metadata: ClientMetadata): Promise<void>;
  /** What is in force of valid metadata: with the core's defaults, and without what it does not know. */
  inForce(settings: TenantSettings, metadata: ClientMetadata): ClientMetadata;
};

/** What the core's model of a client can do, as far as it is not in its types. */
type ClientModel = {
  new (metadata: ClientMetadata): { metadata(): ClientMetadata };
  validate(metadata: ClientMetadata): Promise<void>;
};

const NO_MUTUAL_TLS =
  'asks for tokens bound to a certificate, which this installation cannot do (GATEHOUSE_MTLS_PORT, GATEHOUSE_CLIENT_CERT_HEADER)';

/**
 * The protocol core's own check of client metadata under a tenant's settings, by a core that serves nobody: for tenants
 * that do not exist yet as well. `fetch` reads the client's sector_identifier_uri, where it has one; `hasMutualTls`:
 * whether the installation can tell certificates.
 */
export function createClientValidator(fetch: typeof globalThis.fetch, hasMutualTls = false): ClientValidator {
  // By all that the check depends on: a few for any number of tenants.
  const scratches = lru<Scratch>(100);

  function modelFor(settings: TenantSettings): ClientModel {
    const { signing, encryption, assurance, trusted_issuers } = settings;
    const { client_registration: _, client_id_metadata_documents: __, ...protocol } = settings.protocol;
    const hasWorkloads = trusted_issuers.length > 0;
    const key = JSON.stringify([signing.algorithms, encryption, assurance, protocol, hasWorkloads]);
    let scratch = scratches.get(key);
    if (!scratch) {
      scratch = createScratch(settings, fetch, hasMutualTls);
      scratches.set(key, scratch);
    }
    return scratch.Client as unknown as ClientModel;
  }

  async function validate(settings: TenantSettings, metadata: ClientMetadata): Promise<void> {
    if (!hasMutualTls && metadata.tls_client_certificate_bound_access_tokens === true)
      throw invalidInput(`bad client: ${NO_MUTUAL_TLS}`, [
        { pointer: '/tls_client_certificate_bound_access_tokens', message: NO_MUTUAL_TLS },
      ]);
    try {
      await modelFor(settings).validate(metadata);
    } catch (error) {
      if (!(error instanceof errors.InvalidClientMetadata)) throw error;
      const said = error.error_description ?? error.message;
      const field = fieldOf(said, metadata);
      const message = field === 'id_token_signed_response_alg' ? `${said}, by the tenant's signing.algorithms` : said;
      throw invalidInput(`bad client: ${message}`, [{ pointer: field ? `/${field}` : '', message }]);
    }
  }

  return {
    validate,
    inForce: (settings, metadata) => new (modelFor(settings))(metadata).metadata(),
  };
}

/** The first of the client's fields that the core names. What a sector lacks is wrong with the sector. */
function fieldOf(said: string, metadata: Record<string, unknown>): string | undefined {
  const named = said.match(/[a-z][a-z_]*/g)?.filter((word) => word in metadata) ?? [];
  return named.find((word) => word === 'sector_identifier_uri') ?? named[0];
}

const unused = () => {
  throw new Error('a scratch core serves nobody');
};

const noPages = {
  renderError: unused,
  logoutSource: unused,
  signedOutOfStranger: unused,
  postLogoutSuccessSource: unused,
  signedOutInFrames: unused,
  askForUserCode: unused,
  askForDevice: unused,
  deviceConnected: unused,
  deviceRefused: unused,
};

function createScratch(settings: TenantSettings, fetch: typeof globalThis.fetch, hasMutualTls: boolean): Scratch {
  const deps: OidcDeps = {
    clock: systemClock,
    findUser: unused,
    findPerson: unused,
    trustedDevices: { holds: unused },
    sessions: { get: unused, keep: unused, seen: unused, remove: unused },
    findClient: () => unused,
    secretMatches: unused,
    allowDocument: unused,
    logoutNotices: { tell: unused },
    signals: { note: unused, sessionLeft: unused },
    fetch,
    issuerKeys: unused,
    checksSectors: true,
    mutualTls: hasMutualTls ? { certificateOf: unused } : undefined,
    attacks: { report: unused },
    ciba: { findByIdentifier: unused, tellUser: unused, sendPing: unused },
    pages: () => noPages,
  };
  const tenant: Tenant = {
    id: 'scratch',
    name: 'scratch',
    issuer: 'https://scratch.invalid',
    basePath: '',
    status: 'active',
    settings,
    revision: 0,
    keys: keyAlgsOf(settings).map(scratchKey),
    samlKeys: [],
    keysValidUntil: Number.POSITIVE_INFINITY,
    store: { tenantId: 'scratch', artifacts: {} as never, records: unused },
    secretFor: () => Buffer.alloc(32),
    openSecret: () => '',
  };
  return createProvider(tenant, deps);
}

const jwk = (type: string, options: object) =>
  (generateKeyPairSync as unknown as (type: string, options: object) => { privateKey: object })(type, {
    ...options,
    publicKeyEncoding: { format: 'jwk' },
    privateKeyEncoding: { format: 'jwk' },
  }).privateKey;

/** Only the algorithm of a key counts here: it may be small, and known to all. */
function scratchKey(alg: KeyAlg): Tenant['keys'][number] {
  const [type, options] = kindOf(alg);
  const key = jwk(type, type === 'rsa' ? { modulusLength: 1024 } : options);
  return { kid: alg, alg, state: 'current', activeFrom: 0, jwk: { ...key, kid: alg, alg, use: useOf(alg) } as never };
}
