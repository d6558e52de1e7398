import { type Accounts, createAccounts } from '../../src/accounts/accounts.ts';
import { type AccountServices, createAccountServices } from '../../src/accounts/compose.ts';
import { createCodes } from '../../src/factors/code/codes.ts';
import { createLinkTokens } from '../../src/factors/link-token/link-tokens.ts';
import { createPasswords } from '../../src/factors/password/passwords.ts';
import { createQueue } from '../../src/factors/password/queue.ts';
import type { Draft } from '../../src/mail/draft.ts';
import { createTerms, type Terms } from '../../src/privacy/terms.ts';
import { createAttacks } from '../../src/risk/attacks.ts';
import { forgetHistory } from '../../src/risk/history.ts';
import { forgiveAccount } from '../../src/risk/throttle.ts';
import type { TenantSettingsInput } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { type TestTenants, twoTenants } from './tenants.ts';

export type Sent = Draft & { channel: 'mail' | 'sms'; tenant: string };
export type TestAccounts = TestTenants &
  AccountServices & {
    accounts: Accounts;
    terms: Terms;
    /** What would have been sent, the newest last; what is over before it can be sent is not among it. */
    sent: Sent[];
    /** How often something was queued, for nobody too. */
    queued: () => number;
    /** The newest of a template to an address. */
    mailTo(address: string, template?: string): Sent | undefined;
    /** The token of its newest link. */
    tokenTo(address: string, template?: string): string;
    codeTo(address: string): string;
    /** What a user has besides a password. */
    factors: Map<string, string[]>;
    /** Milliseconds. */
    advance(by: number): void;
    with(tenant: Tenant, settings: TenantSettingsInput): Promise<Tenant>;
  };

export const FROM = { ip: '192.0.2.1', requestId: 'r', locale: 'en' };

/** The services of accounts over an embedded store, with real codes and links and a mailbox that keeps everything. */
export async function testAccounts(): Promise<TestAccounts> {
  let ahead = 0;
  let last = 0;
  // No two events at the same millisecond.
  const clock = () => {
    last = Math.max(last + 1, Date.now() + ahead);
    return last;
  };
  const at = await twoTenants(clock);
  const sent: Sent[] = [];
  let queued = 0;
  const keep = (channel: Sent['channel']) => async (tenant: Tenant, draft: Omit<Draft, 'data'> & { data: object }) => {
    queued += 1;
    const message = { ...draft, data: draft.data as Draft['data'], channel, tenant: tenant.id };
    if (Number(message.data.expiresAt ?? Infinity) > clock()) sent.push(message);
    return String(queued);
  };
  const mail = { send: keep('mail') };
  const sms = { send: keep('sms') };
  const passwords = createPasswords({ cost: 4, queue: createQueue() });
  const deps = { clock, audit: at.audit, mail, sms };
  const accounts = createAccounts({ ...deps, passwords });
  const terms = createTerms(deps);
  const factors = new Map<string, string[]>();
  const services = createAccountServices({
    ...deps,
    accounts,
    codes: createCodes({
      ...deps,
      attacks: createAttacks(deps),
      smsPolicy: () => ({ countries: ['DE'], perHour: 100, perDay: 100 }),
    }),
    links: createLinkTokens(deps),
    isDisposable: (email) => email.endsWith('@throwaway.example'),
    requiredTerms: terms.required,
    acceptTerms: terms.accept,
    forgiveGuesses: (tenant, account, { ip, device }) => forgiveAccount({ tenant, account, ip, device }),
    forgetHistory,
    async removeFactors(_tenant, accountId, which) {
      const had = factors.get(accountId) ?? [];
      const second = ['totp', 'recovery_code'];
      factors.set(accountId, which === 'all' ? [] : had.filter((name) => !second.includes(name)));
      return which === 'all' ? had : had.filter((name) => second.includes(name));
    },
  });
  const mailTo = (address: string, template?: string) =>
    sent.findLast(({ to, ...message }) => to === address && (!template || message.template === template));
  return {
    ...at,
    ...services,
    clock,
    accounts,
    terms,
    sent,
    queued: () => queued,
    mailTo,
    tokenTo(address, template) {
      const { data } = mailTo(address, template)!;
      const link = data.link ?? data.undoLink ?? data.cancelLink;
      return new URL(String(link)).searchParams.get('token')!;
    },
    codeTo: (address) => String(mailTo(address)!.data.code),
    factors,
    advance(by) {
      ahead += by;
    },
    async with(tenant, settings) {
      await at.tenants.change(tenant.id, { settings: { signing: { algorithms: ['ES256'] }, ...settings } });
      return (await at.resolver.byId(tenant.id))!;
    },
  };
}
