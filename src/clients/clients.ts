import { isDeepStrictEqual } from 'node:util';
import type { Audit, AuditEvent } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { invalidInput, notFound } from '../core/errors.ts';
import { randomSecret } from '../core/ids.ts';
import type { Page, Query, Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { newClientId } from './client-id.ts';
import { clientForProtocol } from './for-protocol.ts';
import { type Besides, badClient, type ClientInput, createPrepare, type ValidateClient } from './prepare.ts';
import { type ClientRecord, clientRecord, type Metadata } from './record.ts';
import { clientIdProblem } from './rules.ts';
import { secretUse, storeSecret } from './secret.ts';
import { MAX_OVERLAP, OVERLAP, succession } from './succession.ts';
import { renewed } from './unused.ts';

/** `secret` only where one was made just now: it is shown once and cannot be read again. */
export type ClientWithSecret = { client: Stored<ClientRecord>; secret: string | undefined };

/** What the audit event says besides. */
type Event = { event?: Omit<AuditEvent, 'type' | 'target' | 'clientId'> };

/** Only what is at this version is changed; error `version_conflict`. */
type At = { version?: number };

/** Does the write; it may refuse it, or take it back. */
type Write = { write?: (insert: () => Promise<Stored<ClientRecord>>) => Promise<Stored<ClientRecord>> };

/**
 * The applications of a tenant. Every change is one write and one audit event.
 * Errors: `invalid_input` (with pointers), `already_exists`, `not_found`.
 */
export function createClients(deps: {
  clock: Clock;
  audit: Audit;
  production: boolean;
  validate: ValidateClient;
  /** Removes what others keep of a client that has gone. */
  forget?: (tenant: Tenant, clientId: string) => Promise<void>;
}) {
  const records = (tenant: Tenant) => tenant.store.records(clientRecord);
  const prepare = createPrepare(deps);

  const recordEvent = (tenant: Tenant, clientId: string, type: string, event?: Event['event']): Promise<void> =>
    deps.audit.record(tenant.id, { ...event, type, target: clientId, clientId });

  async function replace(tenant: Tenant, clientId: string, next: ClientRecord, version: number) {
    const after = await records(tenant).update(
      clientId,
      (record) => (isDeepStrictEqual(record, next) ? undefined : next),
      version,
    );
    if (!after) throw unknownClient(clientId);
    return after;
  }

  async function existing(tenant: Tenant, clientId: string): Promise<Stored<ClientRecord>> {
    const client = await records(tenant).get(clientId);
    if (!client) throw unknownClient(clientId);
    return client;
  }

  return {
    get: (tenant: Tenant, clientId: string): Promise<Stored<ClientRecord> | undefined> => records(tenant).get(clientId),
    list: (tenant: Tenant, query?: Query): Promise<Page<ClientRecord>> => records(tenant).find(query),
    count: (tenant: Tenant, where: NonNullable<Query['where']>): Promise<number> => records(tenant).count({ where }),

    /** Refuses what `create` (or, for a client that is there, `change`) would refuse; writes nothing. */
    async check(tenant: Tenant, input: ClientInput, before?: ClientRecord): Promise<void> {
      checkClientId(input.client_id ?? 'made');
      await prepare(tenant, input.client_id ?? 'made', input, before);
    },

    async create(
      tenant: Tenant,
      input: ClientInput,
      { write = (insert) => insert(), event, ...besides }: Besides & Event & Write = {},
    ): Promise<ClientWithSecret> {
      const clientId = input.client_id ?? newClientId();
      checkClientId(clientId);
      const { record, made } = await prepare(tenant, clientId, input, undefined, besides);
      const client = await write(() => records(tenant).insert(clientId, record));
      await recordEvent(tenant, clientId, 'client.created', event);
      return { client, secret: made };
    },

    /** Replaces the metadata; the secret stays unless `client_secret` is given. Error also `version_conflict`. */
    async change(
      tenant: Tenant,
      clientId: string,
      input: ClientInput,
      { version, event, ...besides }: Besides & Event & At = {},
    ): Promise<ClientWithSecret> {
      const { version: found, id: _, ...before } = await existing(tenant, clientId);
      const { record, made } = await prepare(tenant, clientId, input, before, besides);
      const client = await replace(tenant, clientId, record, version ?? found);
      if (client.version !== found) await recordEvent(tenant, clientId, 'client.changed', event);
      return { client, secret: made };
    },

    /**
     * Makes a new secret. The old one is good for `overlap` seconds more (0: it ends at once), a still older one ends now.
     */
    async rotateSecret(
      tenant: Tenant,
      clientId: string,
      overlap = OVERLAP,
    ): Promise<{ client: Stored<ClientRecord>; secret: string }> {
      if (!Number.isInteger(overlap) || overlap < 0 || overlap > MAX_OVERLAP)
        throw invalidInput(`the overlap must be 0 to ${MAX_OVERLAP} whole seconds`);
      const { version, id: _, ...before } = await existing(tenant, clientId);
      const use = secretUse(before.metadata);
      if (use === 'none') throw invalidInput(`the client "${clientId}" has no secret: it does not authenticate by one`);
      const secret = randomSecret();
      const { secret: __, secretExpires: ___, previous: ____, ...others } = before;
      const stored = storeSecret(tenant, clientId, secret, use);
      const next = { ...others, ...succession(before, stored, overlap, deps.clock()) };
      const client = await replace(tenant, clientId, next, version);
      const { previous } = client;
      const details = previous && { previousUntil: previous.until };
      await recordEvent(tenant, clientId, 'client.secret_rotated', details && { details });
      return { client, secret };
    },

    /** Puts off the end of a client that is to be gone when nobody uses it. */
    async used(tenant: Tenant, clientId: string): Promise<void> {
      await records(tenant).update(clientId, (record) => renewed(record, deps.clock()));
    },

    /** Error also `version_conflict`. */
    async remove(tenant: Tenant, clientId: string, { version, event }: Event & At = {}): Promise<void> {
      if (!(await records(tenant).delete(clientId, version))) throw unknownClient(clientId);
      await deps.forget?.(tenant, clientId);
      await recordEvent(tenant, clientId, 'client.removed', event);
    },

    /** The service provider of SAML that has this name. */
    async serviceProvider(tenant: Tenant, entityId: string): Promise<Stored<ClientRecord> | undefined> {
      return records(tenant).getBy('entityId', entityId);
    },

    /** The client as the protocol core wants it, or undefined. */
    async findForProtocol(tenant: Tenant, clientId: string): Promise<Metadata | undefined> {
      const client = await records(tenant).get(clientId);
      return client && clientForProtocol(tenant, client);
    },
  };
}

export type Clients = ReturnType<typeof createClients>;

function checkClientId(clientId: unknown): void {
  const message = clientIdProblem(clientId);
  if (message) throw badClient([{ pointer: '/client_id', message }]);
}

const unknownClient = (clientId: string) => notFound(`client "${clientId}"`);
