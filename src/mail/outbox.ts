import type { Clock } from '../core/clock.ts';
import type { Queue } from '../outbox/queue.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { checkDraft, type Draft } from './draft.ts';
import type { Channel, Message } from './record.ts';

/** The outbox of mails and text messages. */
export const createMailOutbox = ({ queue, clock }: { queue: Queue<Message>; clock: Clock }) => ({
  list: queue.list,
  retry: queue.retry,

  /** Resolves to the id of the message once it is stored and due. Error `invalid_input`. */
  enqueue(tenant: Tenant, channel: Channel, draft: Draft): Promise<string> {
    const { data, validUntil } = checkDraft(channel, draft, clock());
    const { template, to, locale, accountId } = draft;
    const fields = {
      channel,
      template,
      to,
      ...(accountId !== undefined && { accountId }),
      ...(locale !== undefined && { locale }),
    };
    return queue.add(tenant, { fields, data, validUntil });
  },
});

export type Outbox = ReturnType<typeof createMailOutbox>;
