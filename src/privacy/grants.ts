import type { Audit, AuditEvent } from '../audit/audit.ts';
import type { Payload } from '../store/artifacts.ts';
import { every } from '../store/every.ts';
import type { Stored } from '../store/records.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type Consent, type Consented, consentRecord, forgetConsent, union } from './consents.ts';

/** What a client may have of an account: what the user has allowed it, and what it holds now. */
export type Allowed = Consented & {
  clientId: string;
  /** Rich authorization requests (RFC 9396) of grants that are in force. */
  details: { type: string; [name: string]: unknown }[];
  /** Since when, in milliseconds since the epoch. */
  since: number;
};

/** `id`: what its client calls it. */
export type GrantInForce = Allowed & { id: string; accountId: string };

/** Who takes it back, for the audit trail. */
type By = Pick<AuditEvent, 'actor' | 'ip' | 'requestId'>;

export type Grants = ReturnType<typeof createGrants>;

/**
 * What users have allowed to clients, beyond single sessions. Error `unavailable`.
 *
 * `leave`: tells a client that a user leaves it. `hidden`: clients that are the product's own.
 */
export function createGrants({
  audit,
  leave,
  hidden,
}: {
  audit: Pick<Audit, 'record'>;
  leave: (tenant: Tenant, accountId: string, clientId: string) => Promise<void>;
  hidden: ReadonlySet<string>;
}) {
  async function remembered(tenant: Tenant, field: 'accountId' | 'clientId', equals: string) {
    const found: Stored<Consent>[] = [];
    for await (const one of every(tenant.store.records(consentRecord).find, { field, equals })) found.push(one);
    return found;
  }

  const forget = async (tenant: Tenant, field: 'accountId' | 'clientId', equals: string): Promise<void> => {
    const records = tenant.store.records(consentRecord);
    for (const { id } of await remembered(tenant, field, equals)) await records.delete(id);
  };

  async function list(tenant: Tenant, accountId: string): Promise<Allowed[]> {
    const found = new Map<string, Allowed>();
    const add = (one: Allowed) => {
      const before = found.get(one.clientId);
      found.set(one.clientId, before ? both(before, one) : one);
    };
    for (const { clientId, scopes, claims, resources, grantedAt } of await remembered(tenant, 'accountId', accountId))
      add({ clientId, scopes, claims, resources, details: [], since: grantedAt });
    for (const { payload } of await tenant.store.artifacts.ofAccount('Grant', accountId)) add(inForce(payload));
    return [...found.values()].filter(({ clientId }) => !hidden.has(clientId)).sort((a, b) => b.since - a.since);
  }

  /** A grant of the client's, by its public id. */
  async function find(tenant: Tenant, clientId: string, id: string): Promise<GrantInForce | undefined> {
    const payload = (await tenant.store.artifacts.find('Grant', id))?.payload;
    if (payload?.clientId !== clientId || !payload.accountId) return undefined;
    return { id, accountId: payload.accountId, ...inForce(payload) };
  }

  return {
    /** By client, the newest first. */
    list,

    /**
     * Takes back what a client was allowed, with all that was issued under it, on all nodes; the client is told, and the user
     * asked again next time. False: there was nothing.
     */
    async revoke(tenant: Tenant, accountId: string, clientId: string, by: By = {}): Promise<boolean> {
      if (!(await list(tenant, accountId)).some((one) => one.clientId === clientId)) return false;
      const { artifacts } = tenant.store;
      // First what would fill a new grant without asking.
      await forgetConsent(tenant, accountId, clientId);
      await leave(tenant, accountId, clientId);
      // Every use of what was issued looks at its grant.
      for (const kind of ['Grant', 'RefreshToken'])
        for (const { id, payload } of await artifacts.ofAccount(kind, accountId))
          if (payload.clientId === clientId) await artifacts.destroy(kind, id);
      await audit.record(tenant.id, { type: 'consent.revoked', actor: accountId, ...by, target: accountId, clientId });
      return true;
    },

    /**
     * A page of the accounts that have allowed something to a client, each with the grants that are in force, `after` the
     * `next` of the page before. Error `invalid_input`.
     */
    async ofClient(tenant: Tenant, clientId: string, { after, limit }: { after?: string; limit: number }) {
      const where = { field: 'clientId', equals: clientId };
      const page = await tenant.store.records(consentRecord).find({ where, limit, ...(after && { after }) });
      const grants: GrantInForce[] = [];
      for (const { accountId } of page.items)
        for (const { id, payload } of await tenant.store.artifacts.ofAccount('Grant', accountId))
          if (payload.clientId === clientId) grants.push({ id, accountId, ...inForce(payload) });
      return { grants, next: page.next };
    },

    find,

    /** Ends one grant, with all that was issued under it; the user is asked again. False: the client has none by this id. */
    async end(tenant: Tenant, clientId: string, id: string, by: By): Promise<boolean> {
      const found = await find(tenant, clientId, id);
      if (!found) return false;
      const { accountId } = found;
      await forgetConsent(tenant, accountId, clientId);
      await tenant.store.artifacts.destroy('Grant', id);
      await audit.record(tenant.id, {
        type: 'grant.revoked',
        ...by,
        target: id,
        clientId,
        details: { sub: accountId },
      });
      return true;
    },

    /** Of an account that is removed. */
    forgetAccount: (tenant: Tenant, accountId: string) => forget(tenant, 'accountId', accountId),

    /** Of a client that is removed: another may come by its name. */
    forgetClient: (tenant: Tenant, clientId: string) => forget(tenant, 'clientId', clientId),
  };
}

/** A grant as the protocol core stores it. */
function inForce(payload: Payload): Allowed {
  const { clientId, openid, resources, rar, iat } = payload as {
    clientId: string;
    openid?: { scope?: string; claims?: string[] };
    resources?: Record<string, string>;
    rar?: Allowed['details'];
    iat: number;
  };
  return {
    clientId,
    scopes: words(openid?.scope),
    claims: openid?.claims ?? [],
    resources: Object.fromEntries(
      Object.entries(resources ?? {}).map(([indicator, scope]) => [indicator, words(scope)]),
    ),
    details: rar ?? [],
    since: iat * 1000,
  };
}

const both = (a: Allowed, b: Allowed): Allowed => ({
  ...union(a, b),
  clientId: a.clientId,
  details: [...a.details, ...b.details],
  since: Math.min(a.since, b.since),
});

const words = (text = '') => text.split(' ').filter(Boolean);
