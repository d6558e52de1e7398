import Router from '@koa/router';
import { isError } from '../core/errors.ts';
import { oneTime } from '../factors/one-time.ts';
import { seeOther } from '../http/see-other.ts';
import type { SamlParty } from '../sessions/record.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Message } from './bindings/message.ts';
import type { SamlDeps } from './deps.ts';
import { sendOn } from './go-on.ts';
import { answerIsPartial } from './logout-answers.ts';
import { LIFETIME, readEnvelope } from './messages/envelope.ts';
import { newMessageId, writeLogoutRequest } from './messages/logout.ts';
import { isSuccess } from './messages/status.ts';
import { entityIdOf, sloUrl } from './metadata/idp.ts';
import { receive } from './receive.ts';
import { recordRefusal, refuseSaml } from './refusal.ts';
import { type ServiceProvider, serviceProviderOf } from './service-provider.ts';
import {
  endSigningOut,
  findSigningOut,
  SIGN_OUT_TTL,
  type SigningOut,
  signOutPath,
  swapSigningOut,
} from './signing-out.ts';
import type { SamlContext, SamlState } from './visit.ts';
import { parseXml } from './xml/read.ts';

/** Which sign-out an answer is for, by the request that it answers. */
const awaited = (tenant: Tenant) => oneTime<{ state: string }>(tenant, 'SamlAwaited', SIGN_OUT_TTL);

/** Each turn asks one, by a page that goes there; who comes back without an answer goes on to the next. */
export function signOutRoutes(deps: SamlDeps): Router<SamlState> {
  const router = new Router<SamlState>();

  router.get('/saml/sign-out', async (ctx) => {
    const { tenant } = ctx.state;
    const state = String(ctx.query.state);
    const found = await findSigningOut(tenant, state);
    const { asked, ...signingOut } = found.content;
    const { sp, party, ...next } = await nextOf(tenant, {
      ...signingOut,
      isPartial: signingOut.isPartial || asked !== undefined,
    });
    if (!sp || !party) {
      await endSigningOut(tenant, state);
      if (next.isPartial && next.answer !== undefined) await answerIsPartial(tenant, next.answer);
      return seeOther(ctx, next.goal);
    }
    ctx.state.sp = sp;
    const requestId = newMessageId();
    await swapSigningOut(tenant, state, found.version, { ...next, asked: { clientId: sp.id, requestId } });
    const { idOf, put } = awaited(tenant);
    await put(idOf(requestId), { state });
    ask(ctx, sp, party, requestId);
  });

  /** The next of those left that can be asked. Who cannot is passed over. */
  async function nextOf(
    tenant: Tenant,
    signingOut: SigningOut,
  ): Promise<SigningOut & { sp?: ServiceProvider; party?: SamlParty }> {
    const [party, ...left] = signingOut.left;
    if (!party) return signingOut;
    const sp = serviceProviderOf(await deps.clients.get(tenant, party.clientId));
    return sp?.saml.slo ? { ...signingOut, left, sp, party } : nextOf(tenant, { ...signingOut, left, isPartial: true });
  }

  function ask(ctx: SamlContext, sp: ServiceProvider, { nameId, index }: SamlParty, id: string): void {
    const { tenant } = ctx.state;
    const { uri, binding } = sp.saml.slo!;
    const now = deps.clock();
    sendOn(deps.pages, ctx, {
      sp,
      kind: 'SAMLRequest',
      binding,
      uri,
      message: writeLogoutRequest({
        id,
        destination: uri,
        issuer: entityIdOf(tenant),
        now,
        until: now + LIFETIME,
        nameId,
        sessionIndex: index,
        sp: sp.saml.entity_id,
      }),
      relayState: undefined,
      title: 'upstream.sign_out.title',
      text: 'upstream.sign_out.text',
    });
  }

  return router;
}

/**
 * Takes the answer of who was asked. Whatever it says the sign-out goes on: that our session has ended is true already. Resolves
 * to where. Error `saml_refused` for what answers nothing that was asked.
 */
export async function takeLogoutResponse(deps: SamlDeps, ctx: SamlContext, message: Message): Promise<string> {
  const { tenant } = ctx.state;
  const requestId = parseXml(message.xml).attributes.InResponseTo ?? refuseSaml('the message answers nothing');
  const { idOf, find: findAwaited, end } = awaited(tenant);
  const id = idOf(requestId);
  const waiting = await findAwaited(id);
  if (!waiting || !(await end(id, waiting.version))) return refuseSaml('the message answers nothing that was asked');
  const { state } = waiting.content;
  const { content, version } = await findSigningOut(tenant, state);
  const { asked, ...signingOut } = content;
  if (asked?.requestId !== requestId) return refuseSaml('the message answers what is not asked any more');
  const sp = serviceProviderOf(await deps.clients.get(tenant, asked.clientId));
  ctx.state.sp = sp;
  const isDone = sp !== undefined && (await hasSignedOut(deps, ctx, sp, message));
  await swapSigningOut(tenant, state, version, { ...signingOut, isPartial: signingOut.isPartial || !isDone });
  return signOutPath(tenant, state);
}

async function hasSignedOut(deps: SamlDeps, ctx: SamlContext, sp: ServiceProvider, message: Message): Promise<boolean> {
  try {
    const { root, isSigned } = receive(sp, message);
    if (!isSigned) refuseSaml('the answer is not signed');
    readEnvelope(root, { name: 'LogoutResponse', destination: sloUrl(ctx.state.tenant), isSigned, now: deps.clock() });
    return isSuccess(root);
  } catch (error) {
    if (!isError(error, 'saml_refused')) throw error;
    await recordRefusal(deps.audit, ctx, error.message);
    return false;
  }
}
