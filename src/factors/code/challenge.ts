import { mac } from '../../core/hashing.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { oneTime } from '../one-time.ts';
import type { FactorName } from '../proof.ts';
import { PURPOSES, type Purpose } from './purposes.ts';

export type Channel = 'email' | 'sms';

/** What the page that a link opens tells of who began: all that the sender of the challenge knew. */
export type Context = { client?: string; device?: string; place?: string };

/** What was sent, and waits for its answer. */
export type Challenge = {
  purpose: Purpose;
  channel: Channel;
  /** Whose limits count: the user's id, or what was typed. */
  subject: string;
  accountId?: string;
  /** Absent: nobody got it, and nothing is right. */
  to?: string;
  /** Keyed hashes of the code and, of a link, its token. */
  code: string;
  link?: string;
  context?: Context;
};

/** How long a challenge can be answered. */
export const MINUTES = 10;

/** One for each purpose of a binding: a newer one ends the older, and none ends that of another browser. */
export const challenges = (tenant: Tenant) => oneTime<Challenge>(tenant, 'Challenge', MINUTES * 60);

export const factorOf = (channel: Channel): FactorName => (channel === 'sms' ? 'sms_code' : 'email_code');

/** `text`: a code or a token, of the challenge at this place for this subject. */
export const hashOf = (tenant: Tenant, place: string, subject: string, text: string): string =>
  mac(tenant.secretFor('one-time codes'), JSON.stringify([place, subject, text]));

/** The code that goes with a secret: who has the link has the code, and it need not be kept. */
export function codeOf(tenant: Tenant, purpose: Purpose, secret: string): string {
  const { digits } = PURPOSES[purpose];
  const bits = Buffer.from(mac(tenant.secretFor('codes of secrets'), secret), 'base64url').readUIntBE(0, 6);
  return String(bits % 10 ** digits).padStart(digits, '0');
}
