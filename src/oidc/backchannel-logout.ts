import type Provider from 'oidc-provider';
import type { LogoutNotices } from '../logout/notices.ts';
import { blocked, type Outcome, refused } from '../outbox/outcome.ts';
import { outcomeOfAnswer, outcomeOfFailure } from '../outbox/requests.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { methodsOf } from './model-methods.ts';

/** Makes a logout token now, with the keys of now, and hands it to the client. `sid` where it wants that. */
export type SendLogout = (clientId: string, accountId: string, sid: string | undefined) => Promise<Outcome>;

/**
 * The core sends logout tokens while the user waits, once. In its place ours queues them; what delivers the queue calls the
 * core's own then, which makes another token for each attempt (OpenID Connect Back-Channel Logout 1.0 2.5: a `jti` is
 * taken once).
 */
export function deferBackchannelLogout(tenant: Tenant, provider: Provider, notices: LogoutNotices): SendLogout {
  const methods = methodsOf(provider.Client);
  const send = methods.backchannelLogout;
  methods.backchannelLogout = function backchannelLogout(accountId, sid) {
    return notices.tell(tenant, accountId, [{ clientId: this.clientId, sid }]);
  };
  // The core goes on with the logout. If it is not stored who has to be told, it must not: the user tries once more.
  provider.on('backchannel.error', (_ctx, error) => {
    throw error;
  });

  return async (clientId, accountId, sid) => {
    const client = await provider.Client.find(clientId).catch((error: Error) => error);
    if (client instanceof Error) return blocked(`the client cannot be read: ${client.message}`);
    if (!client?.backchannelLogoutUri) return refused('the client wants no logout tokens any more');
    try {
      await send.call(client, accountId, sid);
      return outcomeOfAnswer(200);
    } catch (error) {
      const { response } = error as { response?: Response };
      await response?.body?.cancel();
      return response ? outcomeOfAnswer(response.status) : outcomeOfFailure(error);
    }
  };
}
