import type { Messages } from '../core/messages.ts';
import type { Carry } from '../outbox/delivery.ts';
import { brandOf, type Tenant } from '../tenants/tenant.ts';
import { composeMail, composeSms } from './compose.ts';
import type { Inbox } from './inbox.ts';
import type { Message } from './record.ts';
import type { Ways } from './ways.ts';

export type CarryDeps = {
  messages: Messages;
  ways: Ways;
  inbox: Inbox | undefined;
  /** The sender where the tenant has none of its own. */
  mailFrom: string;
  fault: (error: unknown) => void;
};

/** Puts a message into words, and sends it on its way; what has gone is in the inbox too, where there is one. */
export const createCarry =
  ({ messages, ways, inbox, mailFrom, fault }: CarryDeps): Carry<Message> =>
  async (tenant, message, data, signal) => {
    const { id, channel, to, template, createdAt: at } = message;
    const [outcome, words] = channel === 'mail' ? await carryMail() : await carrySms();
    if (outcome.state === 'sent')
      await inbox?.keep(id, { channel, tenant: tenant.id, to, template, ...words }).catch(fault);
    return outcome;

    async function carryMail() {
      const { locale, ...words } = composeMail(tenant, message, data, messages);
      const replyTo = tenant.settings.mail.reply_to;
      const email = { ...words, locale, id, from: senderOf(tenant, mailFrom), replyTo, to, at };
      return [await ways.mail(tenant, email, signal), words] as const;
    }

    async function carrySms() {
      const text = composeSms(tenant, message, data, messages);
      return [await ways.sms(tenant, { id, tenantId: tenant.id, to, text }), { subject: '', text }] as const;
    }
  };

function senderOf(tenant: Tenant, fallback: string) {
  const { from } = tenant.settings.mail;
  return { name: from.name ?? brandOf(tenant), address: from.address ?? fallback };
}
