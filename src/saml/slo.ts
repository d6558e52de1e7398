import Router from '@koa/router';
import { framesPage } from '../http/frames-page.ts';
import { seeOther } from '../http/see-other.ts';
import { urisOf } from '../oidc/after-sign-out.ts';
import type { BrowserSession } from '../oidc/browser-sessions.ts';
import type { SamlParty } from '../sessions/record.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Message } from './bindings/message.ts';
import type { SamlDeps } from './deps.ts';
import { sendOn } from './go-on.ts';
import { type LogoutAnswer, logoutAnswers } from './logout-answers.ts';
import { readEnvelope } from './messages/envelope.ts';
import { type LogoutRequest, newMessageId, readLogoutRequest, writeLogoutResponse } from './messages/logout.ts';
import type { Status } from './messages/status.ts';
import { entityIdOf, sloUrl } from './metadata/idp.ts';
import { UNSPECIFIED_FORMAT } from './names.ts';
import { receive, senderOf } from './receive.ts';
import { refuseSaml } from './refusal.ts';
import { refuseReplay } from './replay.ts';
import { type ServiceProvider, serviceProviderOf } from './service-provider.ts';
import { takeLogoutResponse } from './sign-out.ts';
import { leaveFor } from './signing-out.ts';
import { takeMessage } from './take-message.ts';
import { tickets } from './ticket.ts';
import type { SamlContext, SamlState } from './visit.ts';

type Asked = Omit<LogoutAnswer, 'status'>;

/** Seconds to the next address. */
const wishes = tickets<Asked & LogoutRequest>('SamlLogout', 60);

/** Single logout (SAML 2.0 Profiles 4.4): asked by one service provider, told to the others, and answered. */
export function sloRoutes(deps: SamlDeps): Router<SamlState> {
  const router = new Router<SamlState>();

  router.register('/saml/slo', ['get', 'post'], async (ctx) => {
    const { tenant } = ctx.state;
    const message = await takeMessage(ctx);
    if (message.kind === 'SAMLResponse') return seeOther(ctx, await takeLogoutResponse(deps, ctx, message));
    const sp = await senderOf(deps.clients, tenant, message);
    ctx.state.sp = sp;
    const wish = await readRequest(deps, tenant, sp, message);
    // What another site posted came without our SameSite cookies, which a GET brings.
    const state = await wishes.leave(tenant, { ...wish, clientId: sp.id, ...relayed(message) });
    seeOther(ctx, `${tenant.basePath}/saml/slo/continue?${new URLSearchParams({ state })}`);
  });

  router.get('/saml/slo/continue', async (ctx) => {
    const { tenant, browserSessions } = ctx.state;
    const { nameId, sessionIndexes, ...asked } = await wishes.take(tenant, ctx.query.state);
    const session = await browserSessions.find(ctx.req, ctx.res);
    const signIn = session && (await deps.sessions.get(tenant, session.uid, true));
    const parties = signIn?.samlParties ?? [];
    const party = parties.find(({ clientId }) => clientId === asked.clientId);
    // Whoever is signed in here, it is not the user of this sign-out: nothing of theirs is ended.
    if (session && !(party && isNameOf(party, nameId)))
      return answer(ctx, asked, { code: 'Requester', detail: 'UnknownPrincipal' });
    const isMeant = party && (sessionIndexes.length === 0 || sessionIndexes.includes(party.index));
    if (!session || !signIn || !isMeant) return answer(ctx, asked, { code: 'Success' });

    const reached = (await browserSessions.clientsOf(session.uid)) ?? [];
    const frames = urisOf(await deps.logoutFrames(tenant, reached));
    await browserSessions.end(session.uid);
    await recordEnd(ctx, session, asked.clientId);
    const state = await logoutAnswers.leave(tenant, { ...asked, status: { code: 'Success' } });
    const goal = `${tenant.basePath}/saml/signed-out?${new URLSearchParams({ state })}`;
    const elsewhere = (await deps.afterSignOut(tenant, signIn, goal)) ?? goal;
    const others = parties.filter((other) => other !== party);
    const next = (await leaveFor(tenant, others, { goal: elsewhere, answer: state })) ?? elsewhere;
    if (frames.length === 0) return seeOther(ctx, next);
    deps.pages.send(ctx, { tenant, requestId: ctx.state.requestId }, framesPage(ctx, { frames, goal: next }));
  });

  router.get('/saml/signed-out', async (ctx) => {
    const { status, ...asked } = await logoutAnswers.take(ctx.state.tenant, ctx.query.state);
    await answer(ctx, asked, status);
  });

  async function answer(ctx: SamlContext, { clientId, requestId, relayState }: Asked, status: Status): Promise<void> {
    const { tenant } = ctx.state;
    const sp = serviceProviderOf(await deps.clients.get(tenant, clientId));
    if (!sp?.saml.slo) return refuseSaml('the service provider has no single logout service any more');
    const { binding, uri, response_uri: destination = uri } = sp.saml.slo;
    const message = writeLogoutResponse({
      id: newMessageId(),
      destination,
      issuer: entityIdOf(tenant),
      now: deps.clock(),
      inResponseTo: requestId,
      status,
    });
    const text = { title: 'logged_out.title', text: 'saml.go.text' };
    const goesOn = status.code === 'Success' ? text : { ...text, title: 'upstream.go.title' };
    sendOn(deps.pages, ctx, { sp, kind: 'SAMLResponse', binding, uri: destination, message, relayState, ...goesOn });
  }

  function recordEnd(ctx: SamlContext, { uid, accountId }: BrowserSession, clientId: string): Promise<void> {
    const { tenant, ip, requestId } = ctx.state;
    return deps.audit.record(tenant.id, {
      type: 'session.ended',
      actor: accountId,
      target: accountId,
      clientId,
      ip,
      requestId,
      details: { session: uid },
    });
  }

  return router;
}

const relayed = ({ relayState }: Message) => (relayState === undefined ? {} : { relayState });

/** Who gives no format means whatever it was told. */
const isNameOf = ({ nameId }: SamlParty, { format, value }: LogoutRequest['nameId']): boolean =>
  value === nameId.value && (format === nameId.format || format === UNSPECIFIED_FORMAT);

/** A request that is in order, and came for the first time. Error `saml_refused`. */
async function readRequest(
  { clock }: SamlDeps,
  tenant: Tenant,
  sp: ServiceProvider,
  message: Message,
): Promise<LogoutRequest & { requestId: string }> {
  const { root, isSigned } = receive(sp, message);
  // Profiles 4.4.4.1. Else any site could sign users out.
  if (!isSigned) refuseSaml('the request is not signed');
  if (!sp.saml.slo) refuseSaml('the service provider has no single logout service');
  const expected = { name: 'LogoutRequest', destination: sloUrl(tenant), isSigned, now: clock() };
  const { id: requestId } = readEnvelope(root, expected);
  const request = readLogoutRequest(root, clock());
  await refuseReplay(tenant, sp, requestId);
  return { ...request, requestId };
}
