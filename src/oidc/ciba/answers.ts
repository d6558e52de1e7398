import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import { type Clock, seconds } from '../../core/clock.ts';
import { open, seal } from '../../core/sealing.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { addToGrant } from '../grants.ts';
import { pause } from './limits.ts';
import { type PendingRequest, pendingOf, removePending } from './pending.ts';

/** What the tokens tell of the sign-in by which the user has said yes. */
export type Proven = { acr: string | undefined; amr: string[]; authTime: number };

/** The requests of clients to one user (CIBA), for the pages on which they are answered. */
export type BackchannelRequests = {
  list(accountId: string): Promise<PendingRequest[]>;
  /** False where the request, or the session, is over, or it was answered already. */
  approve(
    accountId: string,
    request: PendingRequest,
    proven: Proven,
    /** Whether the session of who says so has not been ended meanwhile. */
    isStillIn: () => Promise<boolean>,
  ): Promise<boolean>;
  refuse(accountId: string, request: PendingRequest): Promise<boolean>;
};

const keyOf = (tenant: Tenant) => tenant.secretFor('auth_req_ids');
const contextOf = (tenant: Tenant, id: string) => `auth_req_id ${tenant.id} ${id}`;

/** With it a client gets its tokens: whoever reads the store shall not have it. */
export const sealAuthReqId = (tenant: Tenant, id: string, authReqId: string): string =>
  seal(keyOf(tenant), authReqId, contextOf(tenant, id));

export function createBackchannelRequests(tenant: Tenant, provider: Provider, clock: Clock): BackchannelRequests {
  type Result = Parameters<Provider['backchannelResult']>[1];

  const find = ({ id, sealed }: PendingRequest) =>
    provider.BackchannelAuthenticationRequest.find(open(keyOf(tenant), sealed, contextOf(tenant, id)).toString());

  /** Of answers at once one is the first: the adapter writes no second one. `result`: undefined where it is none. */
  async function answer(
    accountId: string,
    request: PendingRequest,
    result: () => Promise<Result | undefined>,
    proven: object = {},
  ): Promise<boolean> {
    const found = await find(request);
    const isOpen = found?.accountId === accountId && !found.grantId && !found.error && !found.isExpired;
    const given = isOpen ? await result() : undefined;
    if (isOpen && !given) return false;
    const isFirst = isOpen && (await wasFirst(provider.backchannelResult(found, given!, proven)));
    await removePending(tenant, accountId, request.id, seconds(clock));
    return isFirst;
  }

  return {
    list: (accountId) => pendingOf(tenant, accountId, seconds(clock)),

    async approve(accountId, request, { acr, amr, authTime }, isStillIn) {
      const { clientId, wanted, details } = request;
      const grant = new provider.Grant({ accountId, clientId });
      addToGrant(grant, wanted);
      for (const detail of details) grant.addRar(detail as never);
      // Who ends sessions takes away every grant that is there by then; so it is written first, and looked afterwards.
      const save = async () => {
        await grant.save();
        return (await isStillIn()) ? grant : undefined;
      };
      const rar = details.length > 0 ? { rar: details } : {};
      const isFirst = await answer(accountId, request, save, { acr, amr, authTime, ...rar });
      if (!isFirst && grant.jti) await grant.destroy();
      return isFirst;
    },

    refuse: (accountId, request) =>
      answer(accountId, request, async () => {
        // First: a client that is told at once shall not ask anew before.
        await pause(tenant, accountId, request.clientId);
        return new errors.AccessDenied('the user said no');
      }),
  };
}

async function wasFirst(answered: Promise<void>): Promise<boolean> {
  try {
    await answered;
    return true;
  } catch (error) {
    if (error instanceof errors.InvalidRequest) return false;
    throw error;
  }
}
