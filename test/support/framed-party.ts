import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { claimsOf } from './forge.ts';
import { type Received, startHttpServer } from './http-server.ts';
import { type RelyingParty, relyingParty } from './relying-party.ts';

/**
 * An application of its own origin that keeps its sessions by a cookie, and ends one when its page for that is loaded with the
 * right `iss` and `sid`. `/login` signs in, `/` says who is there, `/leave` signs out at the issuer.
 */
export async function startFramedParty(clientId: string) {
  const server = await startHttpServer();
  // Cookies know no ports: one site with the issuer, so that a frame gets them.
  const url = server.url.replace('127.0.0.1', 'localhost');
  const sessions = new Map<string, { idToken: string; iss: unknown; sid: unknown }>();
  const state = {
    issuer: '',
    logouts: 0,
    /** How its page for that answers. */
    signedOut: (res: ServerResponse): void => void res.end('signed out'),
  };
  let party: RelyingParty;
  let checks: Awaited<ReturnType<RelyingParty['begin']>>['checks'];

  const keyOf = ({ headers }: Received) => new RegExp(`${clientId}=([\\w-]+)`).exec(headers.cookie ?? '')?.[1] ?? '';

  async function answer(received: Received, res: ServerResponse): Promise<void> {
    const at = new URL(received.path, url);
    const goTo = (location: string) => void res.writeHead(303, { location }).end();
    if (at.pathname === '/login') {
      party = await relyingParty(state.issuer, clientId);
      const begun = await party.begin({ redirect_uri: `${url}/cb` });
      checks = begun.checks;
      return goTo(begun.url);
    }
    if (at.pathname === '/cb') {
      const { id_token: idToken = '' } = await party.redeem(at.href, checks);
      const key = randomUUID();
      sessions.set(key, { idToken, iss: state.issuer, sid: claimsOf(idToken).sid });
      res.setHeader('set-cookie', `${clientId}=${key}; Path=/; HttpOnly; SameSite=Lax`);
      return goTo('/');
    }
    if (at.pathname === '/leave') {
      const id_token_hint = sessions.get(keyOf(received))?.idToken ?? '';
      const request = { id_token_hint, post_logout_redirect_uri: `${url}/bye`, state: 'the-state' };
      return goTo(`${state.issuer}/session/end?${new URLSearchParams(request)}`);
    }
    if (at.pathname === '/signed-out') {
      state.logouts += 1;
      const session = sessions.get(keyOf(received));
      const isMeant = session?.iss === at.searchParams.get('iss') && session?.sid === at.searchParams.get('sid');
      if (isMeant) sessions.delete(keyOf(received));
      return state.signedOut(res);
    }
    res.end(sessions.has(keyOf(received)) ? 'signed in' : 'nobody');
  }
  server.state.answer = (received, res) => {
    answer(received, res).catch((error) => res.writeHead(500).end(String(error)));
  };

  return {
    url,
    state,
    metadata: {
      redirect_uris: [`${url}/cb`],
      post_logout_redirect_uris: [`${url}/bye`],
      frontchannel_logout_uri: `${url}/signed-out`,
      frontchannel_logout_session_required: true,
    },
    /** `tenant` has a client with that metadata. */
    at(tenant: Pick<Tenant, 'issuer'>): void {
      state.issuer = tenant.issuer;
    },
    stop: server.stop,
  };
}

export type FramedParty = Awaited<ReturnType<typeof startFramedParty>>;
