import type { Audit, Recorded } from '../audit/audit.ts';
import type { Clients } from '../clients/clients.ts';
import type { Clock } from '../core/clock.ts';
import { tooManyRequests } from '../core/errors.ts';
import type { Left } from '../logout/left.ts';
import type { Deliveries } from '../outbox/requests.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { deliveredOf, VERIFICATION_INTERVAL } from './configuration.ts';
import { VERIFICATION } from './event-types.ts';
import { type Fact, factOf, sessionsRevoked } from './facts.ts';
import { createPending } from './pending.ts';
import { createReceiverSince } from './receiver-since.ts';
import type { Stream } from './records.ts';
import { createStreams, streamSubject } from './streams.ts';
import { createSubjects } from './subjects.ts';

const isOn = ({ settings }: Tenant) => settings.protocol.shared_signals.enabled;

/** A tenant as a transmitter of security events (OpenID Shared Signals Framework 1.0). */
export function createSignals(deps: {
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  clients: Pick<Clients, 'get'>;
  deliveries: Pick<Deliveries, 'add'>;
  tenantOf: (id: string) => Promise<Tenant | undefined>;
}) {
  const { clock, audit, deliveries, tenantOf } = deps;
  const receiverSince = createReceiverSince(deps.clients);
  const pending = createPending({ clock, audit, deliveries });
  const streams = createStreams({ clock, audit, pending, receiverSince });
  const subjects = createSubjects({ clock });

  async function tellStream(tenant: Tenant, stream: Stream, fact: Fact, session?: string): Promise<void> {
    if (!deliveredOf(stream).includes(fact.type)) return;
    const { clientId } = stream;
    const since = await receiverSince(tenant, clientId);
    if (since === undefined || stream.createdAt < since) return;
    const sub = await subjects.find(tenant, clientId, fact.accountId, since);
    if (sub === undefined) return;
    const user = { format: 'iss_sub', iss: tenant.issuer, sub };
    const subject =
      session === undefined ? user : { format: 'complex', user, session: { format: 'opaque', id: session } };
    await pending.add(tenant, stream, { ...fact, subject });
  }

  async function tell(tenant: Tenant, fact: Fact): Promise<void> {
    for await (const stream of streams.all(tenant)) await tellStream(tenant, stream, fact);
  }

  return {
    streams,
    subjects,
    pending,
    receiverSince,
    note: subjects.note,

    /**
     * Hears every audit event, of commands, too. Resolves when what receivers have to know of it is stored: whoever records
     * the event answers after that.
     */
    async follow(tenantId: string, event: Recorded): Promise<void> {
      const fact = factOf(event);
      const isOfClient = event.type === 'client.removed' && event.target !== undefined;
      if (!fact && !isOfClient) return;
      const tenant = await tenantOf(tenantId);
      if (!tenant) return;
      if (isOfClient) {
        await streams.removeOf(tenant, event.target!);
        await subjects.forgetClient(tenant, event.target!);
      }
      if (!fact) return;
      if (isOn(tenant)) await tell(tenant, fact);
      if (event.type === 'user.removed') await subjects.forgetAccount(tenant, fact.accountId);
    },

    /** Before every session of an account ends. */
    async sessionsEnd(tenant: Tenant, accountId: string): Promise<void> {
      if (isOn(tenant)) await tell(tenant, sessionsRevoked(accountId, clock(), 'every session of the user was ended'));
    },

    /** Before one session ends: for these clients, by the names that they have for it. */
    async sessionLeft(tenant: Tenant, accountId: string, left: readonly Left[]): Promise<void> {
      if (!isOn(tenant)) return;
      const fact = sessionsRevoked(accountId, clock(), 'the session was ended');
      for (const { clientId, sid } of left) {
        const stream = await streams.ofClient(tenant, clientId);
        if (stream && sid !== undefined) await tellStream(tenant, stream, fact, sid);
      }
    },

    /** SSF 1.0 8.1.4. Error `too_many_requests`. */
    async verify(tenant: Tenant, stream: Stream, state: string | undefined): Promise<void> {
      const key = `signals verification ${stream.id}`;
      const { count, resetsIn } = await tenant.store.artifacts.increment(key, VERIFICATION_INTERVAL);
      if (count > 1) throw tooManyRequests(resetsIn);
      const claims = state === undefined ? {} : { state };
      await pending.add(tenant, stream, { type: VERIFICATION, claims, subject: streamSubject(stream.id) });
    },
  };
}

export type Signals = ReturnType<typeof createSignals>;
