import type { IncomingMessage, ServerResponse } from 'node:http';
import { sealedCookie } from './cookies.ts';
import { createCsrf } from './csrf.ts';
import {
  EXPIRED,
  FOREIGN_FORM,
  failedRefresh,
  failedSignIn,
  isChallenge,
  isRefusal,
  NOT_FOUND,
  SIGNED_OUT,
} from './failures.ts';
import { formField } from './form.ts';
import { render, rows, stylesheet } from './pages.ts';
import { createPayments } from './pay.ts';
import { createPaymentsApi, type Receipt } from './payments-api.ts';
import { claimsOf, createRelyingParty, type Flow, type Session } from './relying-party.ts';
import { fail, seeOther, send } from './reply.ts';

export type DemoOptions = {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Origin that serves `/demo`; the client has `<baseUrl>/demo/callback` and `<baseUrl>/demo/signed-out` registered. */
  baseUrl: string;
  /** 32 bytes, the same on every node: seals the cookies. */
  key: Buffer;
};

type Handler = (req: IncomingMessage, res: ServerResponse, url: URL) => Promise<void> | void;

/** The API beside the application: it takes tokens, no cookies and no forms. */
const PAYMENTS = '/demo/api/payments';
const NOTICES = new Map([['refreshed', 'The tokens were refreshed: these are new ones.']]);

/** The demo relying party below `/demo`. Keeps nothing: its state is in the browser, so each request may meet another node. */
export function createDemo(options: DemoOptions): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const { baseUrl, issuer, key } = options;
  const secure = baseUrl.startsWith('https:');
  const flows = sealedCookie<Flow>('gatehouse_demo_flow', key, secure, 600);
  const sessions = sealedCookie<Session>('gatehouse_demo', key, secure, 86_400);
  const receipts = sealedCookie<Receipt>('gatehouse_demo_receipt', key, secure, 600);
  const csrf = createCsrf(key, secure);
  const party = createRelyingParty({
    ...options,
    redirectUri: `${baseUrl}/demo/callback`,
    signedOutUri: `${baseUrl}/demo/signed-out`,
    paymentsUri: baseUrl + PAYMENTS,
  });
  const api = createPaymentsApi(party.introspect);
  const payments = createPayments({ party, sessions, flows, receipts });

  const routes: Record<string, Handler> = {
    'GET /demo': home,
    'POST /demo/sign-in': signIn,
    'GET /demo/callback': callback,
    'POST /demo/refresh': refresh,
    'POST /demo/pay': payments.pay,
    'GET /demo/paid': payments.paid,
    'POST /demo/sign-out': signOut,
    'GET /demo/signed-out': signedOut,
    'GET /demo/demo.css': css,
  };

  async function home(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    const session = sessions.read(req);
    const values = {
      issuer,
      csrf: csrf.token(req, res),
      notice: NOTICES.get(url.searchParams.get('notice') ?? '') ?? '',
      signedIn: session !== undefined,
      claims: session?.idToken ? rows(claimsOf(session.idToken)) : [],
      userinfo: [] as { name: string; value: string }[],
      problem: '',
      canRefresh: session?.refreshToken !== undefined,
    };
    if (session) {
      try {
        values.userinfo = rows(await party.userinfo(session));
      } catch (error) {
        values.problem =
          isRefusal(error) || isChallenge(error)
            ? 'The access token is not valid any more: it expired, or the session at the provider has ended.'
            : 'The userinfo endpoint cannot be reached.';
      }
    }
    send(res, 200, render('home', values));
  }

  async function signIn(_req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { url, flow } = await party.begin();
    flows.write(res, flow);
    seeOther(res, url);
  }

  async function callback(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    const flow = flows.read(req);
    if (!flow) return fail(res, EXPIRED);
    flows.clear(res);
    let session: Session;
    try {
      session = await party.finish(url.search, flow);
    } catch (error) {
      return fail(res, failedSignIn(error));
    }
    keep(res, session);
    if (!flow.isPayment) return seeOther(res, '/demo');
    await payments.again(res, session);
  }

  async function refresh(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const session = sessions.read(req);
    if (!session) return fail(res, SIGNED_OUT);
    try {
      keep(res, await party.refresh(session));
    } catch (error) {
      if (isRefusal(error)) sessions.clear(res);
      return fail(res, failedRefresh(error));
    }
    seeOther(res, '/demo?notice=refreshed');
  }

  async function signOut(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = await party.signOutUrl(sessions.read(req));
    sessions.clear(res);
    seeOther(res, url);
  }

  function signedOut(_req: IncomingMessage, res: ServerResponse): void {
    // At the provider it was the user's choice, which no application is told.
    const text = 'You are signed out of this application.';
    send(res, 200, render('message', { title: 'Signed out', text, code: '' }));
  }

  function css(_req: IncomingMessage, res: ServerResponse): void {
    res.writeHead(200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=300' });
    res.end(stylesheet);
  }

  /** What does not fit into a cookie is left out, the largest first: without an ID token only its claims are not shown. */
  function keep(res: ServerResponse, session: Session): void {
    if (!sessions.write(res, session)) sessions.write(res, { ...session, idToken: undefined });
  }

  const contentSecurityPolicy = `default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' ${new URL(issuer).origin}`;

  return async (req, res) => {
    res.setHeader('content-security-policy', contentSecurityPolicy);
    res.setHeader('x-content-type-options', 'nosniff');
    res.setHeader('referrer-policy', 'no-referrer');
    res.setHeader('cache-control', 'no-store');
    const url = new URL(baseUrl + (req.url ?? '/demo'));
    const path = url.pathname.replace(/\/$/, '');
    const handler = routes[`${req.method === 'HEAD' ? 'GET' : req.method} ${path}`];
    try {
      if (path === PAYMENTS) return await api(req, res);
      if (!handler) return fail(res, NOT_FOUND);
      if (req.method === 'POST' && !csrf.accepts(req, await formField(req, 'csrf'))) return fail(res, FOREIGN_FORM);
      await handler(req, res, url);
    } catch (error) {
      fail(res, failedSignIn(error));
    }
  };
}
