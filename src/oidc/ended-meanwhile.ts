import type { KoaContextWithOIDC } from 'oidc-provider';
import { isOver } from '../journey/ground.ts';
import type { FindPerson } from '../journey/person.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { BrowserSessions } from './browser-sessions.ts';
import { finishedIn } from './finished-sign-in.ts';

/**
 * A session may be ended while a request begins it, or issues something under it. Who ends one first takes away what it
 * stands on, and then what there is of it; a request writes, and looks afterwards here. So one of both meets the other,
 * at whatever node.
 */
export function endWhatEndedMeanwhile(
  tenant: Tenant,
  deps: { sessions: Pick<Sessions, 'get'>; findPerson: FindPerson },
  browserSessions: Pick<BrowserSessions, 'end'>,
) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const { session, route, result, entities } = ctx.oidc ?? {};
    if (!session?.accountId) return;
    const { accountId, uid } = session;
    const { AuthorizationCode, DeviceCode } = entities ?? {};
    const code = AuthorizationCode ?? (DeviceCode?.accountId === undefined ? undefined : DeviceCode);
    const isNamedAnew = route?.endsWith('resume') && (code || finishedIn(result));
    // All else that is issued ends with the session, and that does not come back under the name it had.
    if (!isNamedAnew && !code?.scopes.has('offline_access')) return;
    const [record, person] = await Promise.all([
      deps.sessions.get(tenant, uid, true),
      deps.findPerson(tenant, accountId),
    ]);
    // Who has begun nothing is asked anew, and may go on.
    if (!record && !code) return;
    if (record?.accountId !== accountId || !person || isOver(record, person)) await browserSessions.end(uid);
  };
}
