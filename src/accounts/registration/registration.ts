import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { alreadyExists } from '../../core/errors.ts';
import { mac } from '../../core/hashing.ts';
import { randomSecret } from '../../core/ids.ts';
import { open, seal } from '../../core/sealing.ts';
import type { Mail } from '../../mail/mail.ts';
import type { Stored } from '../../store/records.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Accounts } from '../accounts.ts';
import { createMailboxProof } from '../mailbox-proof.ts';
import type { Answer, Codes, From, LinkTo } from '../ports.ts';
import { checkedSignUp, openWay, type SignUpInput, type SignUpRules } from './input.ts';
import { registrationJournal } from './journal.ts';
import { type AcceptTerms, createMaker } from './maker.ts';
import { type Pending, pendingRecord } from './record.ts';

/** `ticket`: for the browser that began, and nobody else. `resendIn`: seconds until another message may be asked for. */
export type Begun = { state: 'email'; ticket: string; resendIn: number } | { state: 'created'; accountId: string };

/** `exists`: who has proven the mailbox has an account already. `gone`: forgotten, finished, or never begun. */
export type Finished =
  | { ok: true; state: 'created' | 'approval'; accountId: string }
  | { ok: true; state: 'phone'; resendIn: number }
  | { ok: true; state: 'exists' }
  | { ok: false; reason: string; retryAfter?: number };

const HOUR = 3_600_000;
const sealingContext = (id: string) => `sign-up ${id}`;

/**
 * Sign-up. What a stranger is answered does not tell whether an address has an account: the same is checked, hashed, stored
 * and queued; the owner of a taken address is told by mail.
 */
export function createRegistration(
  deps: SignUpRules & {
    clock: Clock;
    audit: Audit;
    accounts: Accounts;
    mail: Mail;
    codes: Codes;
    acceptTerms: AcceptTerms;
  },
) {
  const { accounts, codes } = deps;
  const mailbox = createMailboxProof(deps);
  const { make, refuseTakenName } = createMaker(deps);
  const record = registrationJournal(deps.audit);
  const records = (tenant: Tenant) => tenant.store.records(pendingRecord);
  const idOf = (tenant: Tenant, ticket: string) => mac(tenant.secretFor('sign-ups'), ticket);
  const sealKey = (tenant: Tenant) => tenant.secretFor('sealed sign-ups');

  async function sendMails(tenant: Tenant, ticket: string, email: string, from: From, url: LinkTo) {
    const owner = await accounts.findByIdentifier(tenant, email);
    const { locale } = from;
    return mailbox.send(tenant, { purpose: 'verify_email', binding: ticket, email, owner, locale, origin: from, url });
  }

  /** Uses the sign-up up: for one caller of many. */
  async function complete(tenant: Tenant, pending: Stored<Pending>, phone: boolean, from: From): Promise<Finished> {
    // As the tenant has it now: who began while anybody might come in does not pass by an approval.
    const how = openWay(tenant);
    await refuseTakenName(tenant, pending.username);
    if (!(await records(tenant).delete(pending.id))) return { ok: false, reason: 'gone' };
    const { sealedHash } = pending;
    const passwordHash = sealedHash && open(sealKey(tenant), sealedHash, sealingContext(pending.id)).toString();
    const user = await make(tenant, { ...pending, how }, { email: true, phone, passwordHash }, from);
    if (!user) return { ok: true, state: 'exists' };
    return { ok: true, state: user.status === 'pending' ? 'approval' : 'created', accountId: user.id };
  }

  const sendPhoneCode = (tenant: Tenant, ticket: string, { claims }: Pending, from: From) =>
    codes.send(tenant, {
      channel: 'sms',
      purpose: 'verify_phone',
      binding: ticket,
      to: claims.phone_number,
      locale: from.locale,
      origin: from,
    });

  return {
    /**
     * `ok: false`: too many messages. Errors: `forbidden` (nobody may), `invalid_input`, `already_exists` (the username; the
     * address only where nothing is verified), `unavailable`.
     */
    async begin(
      tenant: Tenant,
      input: SignUpInput,
      from: From,
      linkTo: LinkTo,
    ): Promise<Begun | (Finished & { ok: false })> {
      const how = openWay(tenant);
      const given = checkedSignUp(tenant, input, how, deps);
      const { claims, attributes, username, email } = given;
      const named = { ...claims, email, ...(username !== undefined && { username }) };
      await accounts.check(tenant, { ...named, attributes });
      await refuseTakenName(tenant, username);
      const passwordHash =
        input.password === undefined ? undefined : await accounts.hashPassword(tenant, input.password, named);
      const { locale } = from;
      const pending = { ...given, ...(locale !== undefined && { locale }) };

      if (tenant.settings.registration.verification === 'none') {
        const user = await make(tenant, { ...pending, how }, { email: false, phone: false, passwordHash }, from);
        if (user) return { state: 'created', accountId: user.id };
        await mailbox.tellOwner(tenant, await accounts.findByIdentifier(tenant, given.email), from);
        throw alreadyExists('users', ['email']);
      }

      const ticket = randomSecret();
      const id = idOf(tenant, ticket);
      await records(tenant).insert(id, {
        ...pending,
        ...(passwordHash && { sealedHash: seal(sealKey(tenant), passwordHash, sealingContext(id)) }),
        emailProven: false,
        expires: deps.clock() + tenant.settings.registration.abandoned_after_hours * HOUR,
      });
      const sent = await sendMails(tenant, ticket, given.email, from, linkTo);
      await record(tenant, 'registration.begun', from, { details: { how } });
      return sent.ok ? { state: 'email', ticket, resendIn: sent.resendIn } : sent;
    },

    /** What a sign-up that waits is about, for the page that asks for its code. */
    async waiting(tenant: Tenant, ticket: string): Promise<{ email: string; asks: 'email' | 'phone' } | undefined> {
      const pending = await records(tenant).get(idOf(tenant, ticket));
      return pending && { email: pending.email, asks: pending.emailProven ? 'phone' : 'email' };
    },

    /** The message again. */
    async resend(
      tenant: Tenant,
      ticket: string,
      from: From,
      linkTo: LinkTo,
    ): Promise<{ ok: true; resendIn: number } | (Finished & { ok: false })> {
      const pending = await records(tenant).get(idOf(tenant, ticket));
      if (!pending) return { ok: false, reason: 'gone' };
      return pending.emailProven
        ? sendPhoneCode(tenant, ticket, pending, from)
        : sendMails(tenant, ticket, pending.email, from, linkTo);
    },

    /**
     * Takes the code, or the token of the link opened in the same browser, and makes the account once all is proven. Errors:
     * `already_exists` (the username was taken meanwhile), `forbidden` (nobody may any more).
     */
    async verify(tenant: Tenant, ticket: string, answer: Answer, from: From): Promise<Finished> {
      const pending = await records(tenant).get(idOf(tenant, ticket));
      if (!pending) return { ok: false, reason: 'gone' };
      if (pending.emailProven) return verifyPhone(tenant, ticket, pending, answer, from);
      const asked = { purpose: 'verify_email', binding: ticket, origin: from } as const;
      const verified = await mailbox.verify(tenant, asked, answer);
      if (!verified.ok) return refused(tenant, verified, from);
      if (tenant.settings.registration.verification !== 'phone') return complete(tenant, pending, false, from);
      const after = await records(tenant).update(pending.id, (before) => ({ ...before, emailProven: true }));
      if (!after) return { ok: false, reason: 'gone' };
      const sent = await sendPhoneCode(tenant, ticket, after, from);
      return sent.ok ? { ok: true, state: 'phone', resendIn: sent.resendIn } : sent;
    },
  };

  async function verifyPhone(
    tenant: Tenant,
    ticket: string,
    pending: Stored<Pending>,
    answer: Answer,
    from: From,
  ): Promise<Finished> {
    if (!('code' in answer)) return { ok: false, reason: 'expired' };
    const { code } = answer;
    const verified = await codes.verify(tenant, { purpose: 'verify_phone', binding: ticket, code, origin: from });
    return verified.ok ? complete(tenant, pending, true, from) : refused(tenant, verified, from);
  }

  async function refused(tenant: Tenant, refusal: Finished & { ok: false }, from: From): Promise<Finished> {
    await record(tenant, 'registration.refused', from, { details: { reason: refusal.reason } });
    return refusal;
  }
}

export type Registration = ReturnType<typeof createRegistration>;
