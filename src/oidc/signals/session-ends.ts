import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { clientsOf, type Left } from '../../logout/left.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { methodsOf } from '../model-methods.ts';
import { isReceiver } from './receiver.ts';

/** A session has ended for these clients; resolves when it is stored who has to be told. */
export type SessionLeft = (tenant: Tenant, accountId: string, left: readonly Left[]) => Promise<void>;

type Authorizations = Record<string, { sid?: string; grantId?: string }>;
type CoreSession = { accountId?: string; authorizations?: Authorizations; destroyed?: boolean };

const leftOf = (authorizations: Authorizations = {}): Left[] =>
  clientsOf({ payload: { authorizations } } as unknown as Parameters<typeof clientsOf>[0]);

/**
 * Sign-outs that the core does itself. A session ends after it is stored who has to be told: a crash in between tells of an
 * end too many. Who leaves one client alone has an answer after it is stored.
 */
export function tellOfSessionEnds(tenant: Tenant, provider: Provider, tell: SessionLeft): void {
  const session = methodsOf(provider.Session);
  const destroy = session.destroy;
  session.destroy = async function destroyed() {
    if (this.accountId) await tell(tenant, this.accountId, leftOf(this.authorizations));
    return destroy.call(this);
  };

  provider.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    if (ctx.path !== '/session/end/confirm') return next();
    const before = await sessionOf(provider, ctx.req, ctx.res);
    await next();
    const after = ctx.oidc?.session as CoreSession | undefined;
    if (!before.accountId || !after || after.destroyed || after.accountId !== before.accountId) return;
    const left = leftOf(before.authorizations).filter(({ clientId }) => !after.authorizations?.[clientId]);
    if (left.length > 0) await tell(tenant, before.accountId, left);
  });

  // A receiver has to know a session by the name that it is told the end of.
  const client = methodsOf(provider.Client);
  const includeSid = client.includeSid;
  client.includeSid = function includesSid() {
    return includeSid.call(this) || isReceiver(this);
  };
}

/** As it is stored: what the request makes of it is another object. */
async function sessionOf(provider: Provider, req: IncomingMessage, res: ServerResponse): Promise<CoreSession> {
  const { accountId, authorizations } = (await provider.Session.get({
    req,
    res,
    secure: false,
  } as KoaContextWithOIDC)) as CoreSession;
  return { ...(accountId && { accountId }), ...(authorizations && { authorizations: { ...authorizations } }) };
}
