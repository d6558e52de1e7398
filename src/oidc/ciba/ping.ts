import type { Clients } from '../../clients/clients.ts';
import type { Carry } from '../../outbox/delivery.ts';
import { type Outcome, refused } from '../../outbox/outcome.ts';
import { type Deliveries, type Delivery, outcomeOfAnswer, outcomeOfFailure } from '../../outbox/requests.ts';
import type { Tenant } from '../../tenants/tenant.ts';

/** That an answer is there (CIBA Core 10.2), for a client that wants to be told. */
type Ping = {
  clientId: string;
  accountId: string;
  authReqId: string;
  /** The client's own, by which it knows who calls. */
  token: string;
  /** When it is of no use any more, in seconds since the epoch. */
  expiresAt: number;
};

/** Resolves when it is stored: no client keeps a user waiting. */
export type SendPing = (tenant: Tenant, ping: Ping) => Promise<void>;

export const createSendPing =
  ({ deliveries }: { deliveries: Pick<Deliveries, 'add'> }): SendPing =>
  async (tenant, { clientId, accountId, authReqId, token, expiresAt }) => {
    await deliveries.add(tenant, {
      fields: { kind: 'ping', to: clientId, subject: accountId },
      data: { auth_req_id: authReqId, token },
      validUntil: expiresAt * 1000,
    });
  };

/** `fetch` must be one for addresses that others chose. */
export const createCarryPing =
  (deps: { clients: Pick<Clients, 'get'>; fetch: typeof globalThis.fetch }): Carry<Delivery> =>
  async (tenant, { to }, { auth_req_id, token }) => {
    const endpoint = (await deps.clients.get(tenant, to))?.metadata.backchannel_client_notification_endpoint;
    if (typeof endpoint !== 'string') return refused('the client wants no pings any more');
    try {
      const response = await deps.fetch(endpoint, {
        method: 'POST',
        redirect: 'manual',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ auth_req_id }),
      });
      await response.body?.cancel();
      return outcomeOfPing(response.status);
    } catch (error) {
      return outcomeOfFailure(error);
    }
  };

/**
 * CIBA Core 10.2: no redirect is followed, and who refuses the token once is not told anew. The client gets its answer by
 * polling all the same.
 */
function outcomeOfPing(status: number): Outcome {
  const isFinal = (status >= 300 && status < 400) || status === 401 || status === 403;
  return isFinal ? refused(`the client answered with status ${status}`) : outcomeOfAnswer(status);
}
