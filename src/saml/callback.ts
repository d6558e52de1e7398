import Router from '@koa/router';
import { interactionGone } from '../core/errors.ts';
import type { SignedIn } from '../oidc/code-flow.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type AnswerDeps, assertionOf, sendResponse } from './answer.ts';
import type { SamlDeps } from './deps.ts';
import type { NameId } from './messages/name-id.ts';
import type { Status } from './messages/status.ts';
import { nameIdFor } from './name-id.ts';
import { recordRefusal, refuseSaml } from './refusal.ts';
import { type ServiceProvider, serviceProviderOf } from './service-provider.ts';
import { type SignIn, takeSignIn } from './sign-in.ts';
import type { SamlContext, SamlState } from './visit.ts';

/** What the protocol core says no with (OpenID Connect Core 3.1.2.6), in SAML. */
const ERRORS: Record<string, Status> = {
  login_required: { code: 'Responder', detail: 'NoPassive' },
  interaction_required: { code: 'Responder', detail: 'NoPassive' },
  consent_required: { code: 'Responder', detail: 'NoPassive' },
  account_selection_required: { code: 'Responder', detail: 'NoPassive' },
  access_denied: { code: 'Responder', detail: 'RequestDenied' },
  unmet_authentication_requirements: { code: 'Responder', detail: 'NoAuthnContext' },
};

/** Where a sign-in ends: the service provider is told of it. */
export function callbackRoutes(deps: SamlDeps & { answer: AnswerDeps }): Router<SamlState> {
  const router = new Router<SamlState>();

  router.get('/saml/callback', async (ctx) => {
    const { tenant } = ctx.state;
    const { state, code, error } = ctx.query;
    const signIn = await takeSignIn(tenant, state);
    const sp = serviceProviderOf(await deps.clients.get(tenant, signIn.clientId));
    // It was changed, or removed, meanwhile.
    if (!sp?.saml.acs.some(({ uri }) => uri === signIn.acs)) throw interactionGone();
    ctx.state.sp = sp;
    // The core has put it on record.
    if (error !== undefined)
      return sendResponse(deps.answer, ctx, sp, signIn, ERRORS[String(error)] ?? { code: 'Responder' });

    const signedIn = await signedInHere(ctx, sp, String(code));
    const nameId = nameIdFor(tenant, sp, signIn.nameIdFormat, signedIn);
    const no = refusalOf(signIn, signedIn, nameId);
    if (no) {
      await recordRefusal(deps.audit, ctx, no.why);
      return sendResponse(deps.answer, ctx, sp, signIn, no.status);
    }
    const { accountId, sessionUid } = signedIn;
    const party = await deps.sessions.addSamlParty(tenant, sessionUid, accountId, {
      clientId: sp.id,
      nameId: nameId as NameId,
    });
    if (!party) return refuseSaml('the session has ended');
    const assertion = await assertionOf(tenant, sp, signIn, { party, signedIn, now: deps.clock() });
    await recordAssertion(ctx, tenant, sp, signedIn);
    sendResponse(deps.answer, ctx, sp, signIn, { code: 'Success' }, assertion);
  });

  /** Of the browser that comes: a code that somebody else's browser got would sign this one in as them. */
  async function signedInHere(ctx: SamlContext, sp: ServiceProvider, code: string): Promise<SignedIn> {
    const { tenant, browserSessions } = ctx.state;
    const signedIn = await deps.codeFlowOf(tenant).redeem(sp.id, code);
    const session = await browserSessions.find(ctx.req, ctx.res);
    if (signedIn && session?.uid === signedIn.sessionUid && session.accountId === signedIn.accountId) return signedIn;
    return refuseSaml('the sign-in is over, or is that of another browser');
  }

  function recordAssertion(ctx: SamlContext, tenant: Tenant, sp: ServiceProvider, signedIn: SignedIn): Promise<void> {
    const { ip, requestId } = ctx.state;
    const { accountId, acr, claims } = signedIn;
    return deps.audit.record(tenant.id, {
      type: 'saml.asserted',
      actor: accountId,
      clientId: sp.id,
      ip,
      requestId,
      details: { acr, claims: Object.keys(claims) },
    });
  }

  return router;
}

/** What the sign-in is not, and should be. */
function refusalOf(
  { isForced, begunAt, subject }: SignIn,
  { authTime }: SignedIn,
  nameId: NameId | undefined,
): { status: Status; why: string } | undefined {
  if (isForced && authTime < begunAt)
    return { status: { code: 'Responder', detail: 'AuthnFailed' }, why: 'nothing was proven anew' };
  if (!nameId)
    return {
      status: { code: 'Responder', detail: 'InvalidNameIDPolicy' },
      why: 'the user has no address that is verified, or did not allow to tell it',
    };
  // Core 3.4.1.4: nobody else may be asserted.
  if (subject && subject.value !== nameId.value)
    return {
      status: { code: 'Responder', detail: 'UnknownPrincipal' },
      why: 'another user signed in than was asked for',
    };
  return undefined;
}
