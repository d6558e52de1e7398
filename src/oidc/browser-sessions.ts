import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { clientsOf, type Left } from '../logout/left.ts';
import type { LogoutNotices } from '../logout/notices.ts';
import type { SignInRecord } from '../sessions/record.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { revokeGrant } from './adapter/generic.ts';
import { destroySession } from './adapter/session.ts';
import type { SessionLeft } from './signals/session-ends.ts';

/** Who is signed in in a browser, as pages of our own need to know it. */
export type BrowserSession = { uid: string; accountId: string; signIn: SignInRecord };

export type BrowserSessions = {
  /** By the browser's cookie; undefined for one that proves nothing (any more). */
  find(req: IncomingMessage, res: ServerResponse): Promise<BrowserSession | undefined>;
  /** The clients that were reached with a session; undefined where it has ended. */
  clientsOf(uid: string): Promise<Left[] | undefined>;
  /** Ends a session with all that was issued under it, on all nodes. */
  end(uid: string): Promise<void>;
};

export function createBrowserSessions(
  tenant: Tenant,
  provider: Provider,
  deps: {
    sessions: Pick<Sessions, 'get' | 'remove'>;
    logoutNotices: LogoutNotices;
    signals: { sessionLeft: SessionLeft };
  },
): BrowserSessions {
  const { sessions, logoutNotices, signals } = deps;
  const { artifacts } = tenant.store;

  return {
    async find(req, res) {
      // Without an OIDC context the core reads the cookie by itself.
      const { accountId, uid } = await provider.Session.get({ req, res, secure: false } as KoaContextWithOIDC);
      if (!accountId) return undefined;
      const signIn = await sessions.get(tenant, uid);
      return signIn?.accountId === accountId ? { uid, accountId, signIn } : undefined;
    },

    async clientsOf(uid) {
      const session = await artifacts.findBy('Session', 'uid', uid);
      return session && clientsOf(session);
    },

    async end(uid) {
      // First what lets it go on: a request in between finds a session that proves nothing, and adds no grant.
      await sessions.remove(tenant, uid);
      const session = await artifacts.findBy('Session', 'uid', uid);
      if (!session) return;
      const left = clientsOf(session);
      const { accountId } = session.payload;
      if (accountId) {
        await signals.sessionLeft(tenant, accountId, left);
        await logoutNotices.tell(tenant, accountId, left);
      }
      await destroySession(artifacts, uid);
      for (const { grantId } of left) await revokeGrant(artifacts, grantId);
    },
  };
}
