import type { Tenant } from '../tenants/tenant.ts';

/** What the services of accounts need of the factors, which build on accounts themselves. */

/** From where a request came: for limits and the audit trail; `device`: by its cookie; `locale`: the language of what is mailed. */
export type From = {
  ip: string;
  device?: { readonly id: string; readonly accounts: readonly string[] } | undefined;
  requestId?: string | undefined;
  locale?: string | undefined;
};

/** The URL of the page for a token that is mailed: it shows a button (POST). */
export type LinkTo = (token: string) => string;

type Data = Record<string, string | number | boolean | null>;
type Content = { subject: string; data: Record<string, unknown>; expiresAt: number };

/** Single-use tokens of mailed links, kept as hashes. `ttl` in seconds; a newer one of the same purpose, subject and slot ends the older. */
export type LinkTokens = {
  issue(
    tenant: Tenant,
    token: { purpose: string; subject: string; slot?: string; ttl: number; data?: Data },
  ): Promise<string>;
  peek(tenant: Tenant, purpose: string, token: string): Promise<Content | undefined>;
  consume(tenant: Tenant, purpose: string, token: string): Promise<Content | undefined>;
  endOf(tenant: Tenant, subject: string, purposes?: readonly string[]): Promise<void>;
};

type Refused = { ok: false; reason: string; retryAfter?: number };
type Request<Purpose> = {
  purpose: Purpose;
  binding: string;
  accountId?: string | undefined;
  /** Absent: nobody is to get it; all looks as if somebody did. */
  to?: string | undefined;
  typed?: string | undefined;
  locale?: string | undefined;
  origin: From;
};
type Sent = Promise<{ ok: true; resendIn: number } | Refused>;
type Verified = Promise<{ ok: true; accountId: string | undefined; to: string } | Refused>;
type MailPurpose = 'verify_email' | 'email_change';

/** One-time codes and links that only the browser that began can use (`binding`: what only that one has). */
export type Codes = {
  sendLink(tenant: Tenant, request: Request<MailPurpose> & { url: LinkTo }): Sent;
  send(tenant: Tenant, request: Request<'verify_phone'> & { channel: 'sms' }): Sent;
  verify(
    tenant: Tenant,
    answer: { purpose: MailPurpose | 'verify_phone'; binding: string; code: string; origin: From },
  ): Verified;
  useLink(
    tenant: Tenant,
    answer: { purpose: MailPurpose; binding: string | undefined; token: string; origin: From },
  ): Verified;
};

/** What was typed, or the token of the link that was opened. */
export type Answer = { code: string } | { token: string };

/** Removes the ways to sign in, of second factors alone or all but the password; gives their names. Tells nobody. */
export type RemoveFactors = (tenant: Tenant, accountId: string, which: 'second' | 'all') => Promise<string[]>;

/** Whoever proved to have the account has all guesses again, where he is and anywhere. */
export type ForgiveGuesses = (tenant: Tenant, accountId: string, from: From) => Promise<void>;

/** Where somebody else may have signed in too. */
export type ForgetHistory = (tenant: Tenant, accountId: string) => Promise<void>;
