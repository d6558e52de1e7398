import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Tenant } from '../../tenants/tenant.ts';
import { subOf } from '../pairwise.ts';
import { isReceiver } from './receiver.ts';

/** That a client, which is there `since` then (milliseconds), has come to know a user, by this `sub`. */
export type NoteSubject = (
  tenant: Tenant,
  known: { clientId: string; accountId: string; sub: string; since: number },
) => Promise<void>;

/**
 * A receiver hears of those alone that have come to it, and by the name that it has for them. That is stored before the
 * answer goes out that names them; a request that names nobody (the user said no, or was not asked) stores nothing.
 */
export function noteSubjects(tenant: Tenant, provider: Provider, note: NoteSubject): void {
  const named = new WeakSet<object>();
  provider.on('grant.success', (ctx) => void named.add(ctx));
  provider.on('authorization.success', (ctx, answer?: object) => {
    if (answer && ('id_token' in answer || 'access_token' in answer)) named.add(ctx);
  });
  provider.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    if (!named.has(ctx)) return;
    const { Account: account, Client: client } = ctx.oidc.entities;
    if (!account || !client || !isReceiver(client)) return;
    const { accountId } = account;
    const sub = subOf(tenant, client, accountId);
    const since = Number(client.clientIdIssuedAt ?? 0) * 1000;
    await note(tenant, { clientId: client.clientId, accountId, sub, since });
  });
}
