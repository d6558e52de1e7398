import type { Clock } from '../../core/clock.ts';
import { equal, mac } from '../../core/hashing.ts';
import { randomSecret } from '../../core/ids.ts';
import { every } from '../../store/every.ts';
import { upsert } from '../../store/upsert.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { type LinkToken, linkTokenRecord } from './record.ts';

/**
 * `subject`: whose it is: a user's id, or what the purpose is about. `slot` (default: none): tokens of one purpose that are
 * to live beside each other, such as the undo links of two changes. `ttl` in seconds.
 */
export type NewLinkToken = {
  purpose: string;
  subject: string;
  slot?: string;
  ttl: number;
  data?: LinkToken['data'];
};

export type LinkTokenContent = Pick<LinkToken, 'subject' | 'data' | 'expiresAt'>;

/**
 * Single-use tokens for links in mails (password reset, undo, invitation). Kept as records: an undo link lives for days.
 * Looking at one changes nothing, so that mail scanners may (`peek` for GET, `consume` for POST).
 */
export function createLinkTokens(deps: { clock: Clock }) {
  const records = (tenant: Tenant) => tenant.store.records(linkTokenRecord);
  const hashOf = (tenant: Tenant, id: string, secret: string) =>
    mac(tenant.secretFor('link tokens'), JSON.stringify([id, secret]));

  /** Of the record that a token names (there is none when it has expired): whether the token is its, for that purpose, unused. */
  function check(tenant: Tenant, purpose: string, token: string) {
    const [id = '', secret = ''] = token.split('.');
    const hash = hashOf(tenant, id, secret);
    const isGood = (record: LinkToken) =>
      record.purpose === purpose && record.hash !== undefined && equal(record.hash, hash);
    return { id, isGood };
  }

  const contentOf = ({ subject, data, expiresAt }: LinkToken): LinkTokenContent => ({ subject, data, expiresAt });

  return {
    /** `<place>.<256 random bits>`; ends an older one of the same purpose, subject and slot. */
    async issue(tenant: Tenant, { purpose, subject, slot = '', ttl, data = {} }: NewLinkToken): Promise<string> {
      const id = mac(tenant.secretFor('link tokens'), JSON.stringify([purpose, subject, slot]));
      const secret = randomSecret();
      const record = {
        purpose,
        subject,
        hash: hashOf(tenant, id, secret),
        data,
        expiresAt: deps.clock() + ttl * 1000,
      };
      await upsert(records(tenant), id, () => record);
      return `${id}.${secret}`;
    },

    /** What the token says, while it is good. */
    async peek(tenant: Tenant, purpose: string, token: string): Promise<LinkTokenContent | undefined> {
      const { id, isGood } = check(tenant, purpose, token);
      const record = await records(tenant).get(id);
      return record && isGood(record) ? contentOf(record) : undefined;
    },

    /** The same, for one caller of many. */
    async consume(tenant: Tenant, purpose: string, token: string): Promise<LinkTokenContent | undefined> {
      const { id, isGood } = check(tenant, purpose, token);
      let consumed: LinkTokenContent | undefined;
      const after = await records(tenant).update(id, (record) => {
        consumed = isGood(record) ? contentOf(record) : undefined;
        if (!consumed) return undefined;
        const { hash, ...used } = record;
        return used;
      });
      // Gone while it was written: who ended it was first.
      return after && consumed;
    },

    /**
     * Ends what a subject has of these purposes: the others may be what undoes the very change that ends these. Without
     * `purposes`: all.
     */
    async endOf(tenant: Tenant, subject: string, purposes?: readonly string[]): Promise<void> {
      for await (const { id, purpose } of every(records(tenant).find, { field: 'subject', equals: subject })) {
        if (!purposes || purposes.includes(purpose)) await records(tenant).delete(id);
      }
    },
  };
}

export type LinkTokens = ReturnType<typeof createLinkTokens>;
