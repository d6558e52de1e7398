import { z } from 'zod';
import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { invalidToken, notFound } from '../../core/errors.ts';
import { mac } from '../../core/hashing.ts';
import { newId, randomSecret } from '../../core/ids.ts';
import { checked } from '../../core/validate.ts';
import type { Page, Query, Stored } from '../../store/records.ts';
import { registrationOverrides } from '../../tenants/settings/client-registration.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { type InitialToken, initialTokenRecord } from './initial-token-record.ts';

/** Says what it is, so that it is looked up where it can be only, and found where it has leaked. */
const PREFIX = 'iat_';

const DAY = 86_400;

/** Times in seconds. */
const input = z.strictObject({
  note: z.string().min(1).max(200).optional(),
  /** How many clients it can register; null: any number. */
  uses: z.number().int().min(1).max(1_000_000).nullable().default(1),
  expiresIn: z
    .number()
    .int()
    .min(60)
    .max(366 * DAY)
    .default(7 * DAY),
  policy: registrationOverrides.default({}),
});
export type InitialTokenInput = z.input<typeof input>;

/** Initial access tokens of a tenant (RFC 7591 3). Errors `invalid_input`, `not_found`, `invalid_token`. */
export function createInitialTokens(deps: { clock: Clock; audit: Audit }) {
  const records = (tenant: Tenant) => tenant.store.records(initialTokenRecord);
  const hashOf = (tenant: Tenant, token: string) => mac(tenant.secretFor('initial access tokens'), token);

  return {
    /** `token` is shown once and cannot be read again. */
    async create(
      tenant: Tenant,
      given: InitialTokenInput = {},
    ): Promise<{ record: Stored<InitialToken>; token: string }> {
      const { note, uses, expiresIn, policy } = checked(input, given);
      const token = PREFIX + randomSecret();
      const now = deps.clock();
      const record = await records(tenant).insert(newId(now), {
        hash: hashOf(tenant, token),
        ...(note !== undefined && { note }),
        ...(uses !== null && { left: uses }),
        used: 0,
        policy,
        expires: now + expiresIn * 1000,
        createdAt: now,
      });
      await deps.audit.record(tenant.id, { type: 'initial_token.created', target: record.id });
      return { record, token };
    },

    list: (tenant: Tenant, query?: Query): Promise<Page<InitialToken>> => records(tenant).find(query),

    async revoke(tenant: Tenant, id: string): Promise<void> {
      if (!(await records(tenant).delete(id))) throw notFound(`initial access token "${id}"`);
      await deps.audit.record(tenant.id, { type: 'initial_token.revoked', target: id });
    },

    /** The one that may still be used. Error `invalid_token`. */
    async find(tenant: Tenant, token: string): Promise<Stored<InitialToken>> {
      const known = token.startsWith(PREFIX) ? await records(tenant).getBy('hash', hashOf(tenant, token)) : undefined;
      if (!known || known.left === 0) throw refused();
      return known;
    },

    /** Takes one use of it, if there still is one: of many racers as many get through as it has uses. Error `invalid_token`. */
    async consume(tenant: Tenant, id: string): Promise<void> {
      let isTaken = false;
      await records(tenant).update(id, (record) => {
        isTaken = record.left !== 0;
        return isTaken ? counted(record, 1) : undefined;
      });
      if (!isTaken) throw refused();
    },

    /** Puts a use back of which nothing came. */
    async giveBack(tenant: Tenant, id: string): Promise<void> {
      await records(tenant).update(id, (record) => counted(record, -1));
    },
  };
}

export type InitialTokens = ReturnType<typeof createInitialTokens>;

const counted = (record: InitialToken, by: 1 | -1): InitialToken => ({
  ...record,
  ...(record.left !== undefined && { left: record.left - by }),
  used: record.used + by,
});

const refused = () => invalidToken('the initial access token is unknown, has expired, or was used up');
