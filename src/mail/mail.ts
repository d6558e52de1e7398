import type { Audit } from '../audit/audit.ts';
import type { MailTarget, SmsTarget } from '../config/transports.ts';
import type { Clock } from '../core/clock.ts';
import { loadMessages } from '../core/messages.ts';
import { networks } from '../core/networks.ts';
import { derive } from '../core/sealing.ts';
import type { Carry } from '../outbox/delivery.ts';
import { createOutbox } from '../outbox/outbox.ts';
import type { Worker } from '../outbox/worker.ts';
import type { Store } from '../store/store.ts';
import type { MailData, MailTemplate, SmsData, SmsTemplate } from '../tenants/settings/mail-templates.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Draft } from './draft.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createMailOutbox, type Outbox } from './outbox.ts';
import { type Message, messageType } from './record.ts';

type MailDraft = { [T in MailTemplate]: Omit<Draft, 'data'> & { template: T; data: MailData<T> } }[MailTemplate];
type SmsDraft = { [T in SmsTemplate]: Omit<Draft, 'data'> & { template: T; data: SmsData<T> } }[SmsTemplate];

/** Resolves to the id of the message when it is stored, and never waits for its delivery. Error `invalid_input`. */
export type Mail = { send(tenant: Tenant, draft: MailDraft): Promise<string> };
export type Sms = { send(tenant: Tenant, draft: SmsDraft): Promise<string> };

export type MailServices = {
  mail: Mail;
  sms: Sms;
  outbox: Outbox & { pending(): Promise<number> };
  /** Delivers, once it is started. */
  courier: Worker;
  /** Where messages can be looked at; undefined where they may not. */
  inbox: Inbox | undefined;
};

export type MailDeps = {
  store: Store;
  clock: Clock;
  audit: Audit;
  masterKey: Buffer;
  tenantOf: (id: string) => Promise<Tenant | undefined>;
  fault: (error: unknown) => void;
  config: {
    url: string;
    mailTarget: MailTarget | undefined;
    mailFrom: string | undefined;
    smsTarget: SmsTarget | undefined;
    smsSecret: string | undefined;
    outboundAllow: string[];
    inbox: 'off' | 'local' | 'open';
  };
};

export function createMail(deps: MailDeps): MailServices {
  const { store, clock, audit, config, fault, tenantOf } = deps;
  const inbox =
    config.inbox === 'off' ? undefined : createInbox({ store, clock, key: derive(deps.masterKey, 'inbox') });

  // What composes and sends is large, and a command has no use for it.
  let loading: Promise<Carry<Message>> | undefined;
  const load = async (): Promise<Carry<Message>> => {
    const [{ createCarry }, { createWays }] = await Promise.all([import('./carry.ts'), import('./ways.ts')]);
    const ways = createWays({ ...config, clock, allowed: networks(config.outboundAllow), isKept: inbox !== undefined });
    const mailFrom = config.mailFrom ?? `no-reply@${new URL(config.url).hostname}`;
    return createCarry({ messages: loadMessages(), ways, inbox, mailFrom, fault });
  };
  const carry: Carry<Message> = async (...message) => {
    loading ??= load();
    return (await loading)(...message);
  };

  const { queue, courier, pending } = createOutbox(messageType, { store, clock, audit, tenantOf, carry, fault });
  const outbox = createMailOutbox({ queue, clock });
  return {
    mail: { send: (tenant, draft) => outbox.enqueue(tenant, 'mail', draft) },
    sms: { send: (tenant, draft) => outbox.enqueue(tenant, 'sms', draft) },
    outbox: { ...outbox, pending },
    courier,
    inbox,
  };
}
