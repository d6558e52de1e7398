import type { Clients } from '../clients/clients.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Left } from './left.ts';

/** What a client wants to have loaded in the browser of a user who has signed out. */
export type Frame = { clientId: string; uri: string };

/** The frames for those clients that want one (OpenID Connect Front-Channel Logout 1.0 3). */
export type LogoutFrames = (tenant: Tenant, left: readonly Pick<Left, 'clientId' | 'sid'>[]) => Promise<Frame[]>;

export const createLogoutFrames =
  ({ clients }: { clients: Pick<Clients, 'get'> }): LogoutFrames =>
  async (tenant, left) => {
    const frames = await Promise.all(
      left.map(async ({ clientId, sid }): Promise<Frame[]> => {
        const { metadata } = (await clients.get(tenant, clientId)) ?? {};
        const uri = metadata?.frontchannel_logout_uri;
        if (typeof uri !== 'string') return [];
        const isByName = metadata?.frontchannel_logout_session_required === true && sid !== undefined;
        return [{ clientId, uri: isByName ? named(uri, { iss: tenant.issuer, sid }) : uri }];
      }),
    );
    return frames.flat();
  };

/** Its own query stays as it was written: `URLSearchParams` would write it anew. */
const named = (uri: string, session: { iss: string; sid: string }) =>
  `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams(session)}`;
