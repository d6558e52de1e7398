import { identifierKey } from '../../accounts/identifier.ts';
import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { randomSecret } from '../../core/ids.ts';
import type { Mail, Sms } from '../../mail/mail.ts';
import type { Attacks } from '../../risk/attacks.ts';
import { attackOn } from '../../risk/budget.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { journal } from '../journal.ts';
import type { Origin } from '../origin.ts';
import type { Refused } from '../verification.ts';
import { type Challenge, type Channel, type Context, challenges, codeOf, factorOf, hashOf } from './challenge.ts';
import { queueMessage } from './compose.ts';
import { paySending, type SmsPolicy } from './limits.ts';
import { mobileNumber } from './number.ts';
import type { Purpose } from './purposes.ts';

/** `binding`: what only the browser that began has; a sign-in under way, once its cookie was checked. */
export type CodeRequest = {
  channel: Channel;
  purpose: Purpose;
  binding: string;
  /** The user's. Absent: nobody has what was typed, or an address is to be proven before there is an account. */
  accountId?: string | undefined;
  /** The stored address or number. Absent: nobody is to get it; all looks as if somebody did. */
  to?: string | undefined;
  /**
   * What was typed on a page that tells nobody whether there is such an account; needed where there is no `to`. With it, all
   * looks as if a message were sent also where none may be.
   */
  typed?: string | undefined;
  locale?: string | undefined;
  context?: Context | undefined;
  origin: Origin & { ip: string };
};

/** `resendIn` and `retryAfter` in seconds. `not_allowed`: no number, or one that this tenant sends nothing to. */
export type Sent = { ok: true; resendIn: number } | Refused<'throttled' | 'not_allowed'>;

export type CodeDeps = {
  clock: Clock;
  audit: Audit;
  mail: Mail;
  sms: Sms;
  attacks: Attacks;
  smsPolicy: (tenant: Tenant) => SmsPolicy;
};

/** Makes a challenge, which ends the one before of the same binding and purpose, and queues what tells of it. */
export function createSending(deps: CodeDeps) {
  /** `linkOf`: the URL of a token, for a message with a link. */
  return async (tenant: Tenant, request: CodeRequest, linkOf?: (token: string) => string): Promise<Sent> => {
    const { channel, purpose, binding, accountId, locale, context, origin } = request;
    const { refuse } = journal(deps.audit, factorOf(channel));
    const given = request.to ?? request.typed;
    if (given === undefined) throw new TypeError('a code is for an address, or for what was typed');

    const policy = deps.smsPolicy(tenant);
    const number = channel === 'sms' ? await mobileNumber(given) : undefined;
    const isAllowed = channel === 'email' || (number !== undefined && policy.countries.includes(number.country));
    if (!isAllowed && request.typed === undefined) return refuse(tenant, accountId, origin, 'not_allowed');

    // Spellings of one address share its limits.
    const address = number?.e164 ?? identifierKey(given);
    const subject = accountId ?? address;
    const sending = { channel, purpose, accountId, subject, address, number, origin };
    const paid = await paySending(tenant, sending, policy);
    if (!paid.allowed) {
      // Mails cost nothing: only text messages are sent for what they earn.
      if (paid.isAttack && number)
        await deps.attacks.report(tenant, attackOn(tenant, 'attack.sms_pumping', paid.exceeded), origin);
      return refuse(tenant, accountId, origin, 'throttled', paid);
    }

    const to = isAllowed ? request.to && (number?.e164 ?? request.to) : undefined;
    const secret = randomSecret();
    const code = codeOf(tenant, purpose, secret);
    const waiting = challenges(tenant);
    const place = waiting.idOf(purpose, binding);
    const challenge: Challenge = {
      purpose,
      channel,
      subject,
      code: hashOf(tenant, place, subject, code),
      ...(accountId !== undefined && { accountId }),
      ...(to !== undefined && { to }),
      ...(linkOf && { link: hashOf(tenant, place, subject, secret) }),
      ...(context && { context }),
    };
    await waiting.put(place, challenge);
    const link = linkOf?.(`${place}.${secret}`);
    const message = { purpose, channel, to, accountId, locale, context, code, link };
    await queueMessage(deps, tenant, message);
    await record(tenant, { ...request, to }, number?.country);
    return { ok: true, resendIn: paid.resendIn };
  };

  /** Of text messages these are the count of what they cost. */
  function record(tenant: Tenant, { channel, purpose, accountId, to, origin }: CodeRequest, country?: string) {
    return deps.audit.record(tenant.id, {
      type: channel === 'sms' ? 'sms_code.sent' : 'email_code.sent',
      outcome: to === undefined ? 'failure' : 'success',
      target: accountId,
      ip: origin.ip,
      requestId: origin.requestId,
      details: { purpose, ...(country && { country }), ...(to === undefined && { reason: 'nobody' }) },
    });
  }
}
