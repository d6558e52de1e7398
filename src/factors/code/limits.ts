import { subscriberOf } from '../../risk/address.ts';
import { type Budget, spend, spentOf } from '../../risk/budget.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { type Origin, ownDevice } from '../origin.ts';
import type { Challenge, Channel } from './challenge.ts';
import { blockOf, type MobileNumber } from './number.ts';
import type { Purpose } from './purposes.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
type Limits = Record<'account' | 'address' | 'ip' | 'tenant', readonly [hour: number, day: number]>;

const MAILS: Limits = { account: [10, 30], address: [10, 30], ip: [60, 300], tenant: [10_000, 100_000] };

/** What text messages a tenant allows; they cost money, and some people earn by them (SMS pumping). */
export type SmsPolicy = {
  /** ISO 3166-1 codes; none: no text messages. */
  countries: readonly string[];
  /** Messages in an hour and in a day, to all numbers. */
  perHour: number;
  perDay: number;
};
const TEXTS = { account: [5, 15], address: [5, 15], ip: [10, 30], block: [20, 60] } as const;

/** Wrong codes for one account, over all that it is sent. NIST SP 800-63B 3.2.2 wants no more than 100. */
const GUESSES = 20;
/** Of one code. */
export const TRIES = 5;

/** Seconds until the next one may be sent, after so many that one place was sent in a day. */
const waitAfter = (sent: number): number => Math.min(30 * 2 ** sent, 900);

export type Sending = {
  channel: Channel;
  purpose: Purpose;
  accountId: string | undefined;
  /** The account, or what was typed. */
  subject: string;
  /** Where it goes, or would go. */
  address: string;
  number: MobileNumber | undefined;
  origin: Origin & { ip: string };
};

/**
 * Takes one message from every budget that it is to be paid from; `resendIn`: seconds until the next may follow. A known
 * device has limits of its own for its account; money and the load of one address have none but the common. Each purpose has
 * its own: a sign-up asks for no account, and what a sign-in asked for before would tell whether there is one.
 */
export async function paySending(tenant: Tenant, sending: Sending, sms: SmsPolicy) {
  const { channel, purpose, accountId, subject, address, number, origin } = sending;
  const limits = channel === 'sms' ? { ...TEXTS, tenant: [sms.perHour, sms.perDay] as const } : MAILS;
  const ip = subscriberOf(origin.ip);
  const device = ownDevice(tenant, accountId, origin);
  const both = (name: string, of: string[], limits: readonly [hour: number, day: number]) =>
    hourAndDay(channel, name, of, limits);

  const from = [channel, purpose, subject, device || ip];
  const pair = { name: 'codes to one from one', of: from, max: limits.account[1], window: DAY };
  const resendIn = waitAfter(await spentOf(tenant, pair));
  const personal = [
    { name: 'wait between codes', of: from, max: 1, window: resendIn },
    pair,
    ...both('account', [purpose, subject, device], limits.account),
    ...both('address', [address, device], limits.address),
  ];
  const common = [
    ...both('ip', [ip], limits.ip),
    ...(number ? both('block', [blockOf(number)], TEXTS.block) : []),
    ...both('tenant', [], limits.tenant),
  ];
  const spent = await spend(tenant, [...personal, ...common]);
  // No single person reaches these.
  const isAttack = !spent.allowed && common.includes(spent.exceeded);
  return { ...spent, resendIn, isAttack };
}

export const smsPolicyOf = ({ settings: { sms } }: Tenant): SmsPolicy => ({
  countries: sms.countries,
  perHour: sms.per_hour,
  perDay: sms.per_day,
});

/** What the text messages of a tenant are paid from, those without a code too. */
export const textsOfTenant = ({ perHour, perDay }: SmsPolicy): Budget[] =>
  hourAndDay('sms', 'tenant', [], [perHour, perDay]);

const hourAndDay = (channel: Channel, name: string, of: string[], [hour, day]: readonly [number, number]): Budget[] => [
  { name: `${channel} codes of ${name}, an hour`, of, max: hour, window: HOUR },
  { name: `${channel} codes of ${name}, a day`, of, max: day, window: DAY },
];

/**
 * For each purpose: who gets a code that he asked to be sent to himself, to make an address known, begins no other count
 * anew by it.
 */
export function guessBudgets(tenant: Tenant, challenge: Challenge, origin: Origin): Budget[] {
  const { purpose, subject, accountId } = challenge;
  const of = [purpose, subject, ownDevice(tenant, accountId, origin)];
  return [{ name: 'code guesses', of, max: GUESSES, window: DAY }];
}
