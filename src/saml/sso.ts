import Router from '@koa/router';
import { GatehouseError, notFound } from '../core/errors.ts';
import { seeOther } from '../http/see-other.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type AnswerDeps, sendResponse } from './answer.ts';
import type { Message } from './bindings/message.ts';
import { acrValuesFor } from './context.ts';
import type { SamlDeps } from './deps.ts';
import { type AuthnRequest, readAuthnRequest } from './messages/authn-request.ts';
import { readEnvelope } from './messages/envelope.ts';
import type { Status } from './messages/status.ts';
import { ssoUrl } from './metadata/idp.ts';
import { nameIdFormatFor } from './name-id.ts';
import { receive, senderOf } from './receive.ts';
import { recordRefusal, refuseSaml } from './refusal.ts';
import { refuseReplay } from './replay.ts';
import { type ServiceProvider, serviceProviderOf } from './service-provider.ts';
import { beginSignIn } from './sign-in.ts';
import { takeMessage } from './take-message.ts';
import type { SamlContext, SamlState } from './visit.ts';

/** Where sign-ins begin (SAML 2.0 Profiles 4.1): with a request of a service provider, or here where it allows that. */
export function ssoRoutes(deps: SamlDeps & { answer: AnswerDeps }): Router<SamlState> {
  const router = new Router<SamlState>();

  const begin = (ctx: SamlContext, sp: ServiceProvider, wishes: Parameters<typeof beginSignIn>[3]) =>
    beginSignIn({ ...deps, codeFlow: deps.codeFlowOf(ctx.state.tenant) }, ctx.state.tenant, sp, wishes);

  router.register('/saml/sso', ['get', 'post'], async (ctx) => {
    const { tenant } = ctx.state;
    const message = await takeMessage(ctx);
    const sp = await senderOf(deps.clients, tenant, message);
    ctx.state.sp = sp;
    const { id, acs, request } = await readRequest(deps, tenant, sp, message);
    const asked = { acs, requestId: id, relayState: message.relayState };

    const { isPassive, forceAuthn, context, subject } = request;
    const acrValues = acrValuesFor(tenant.settings.assurance.acr_values, context);
    const nameIdFormat = nameIdFormatFor(sp, request.nameIdFormat);
    const no = (status: Status, why?: string) => refuse(ctx, sp, asked, status, why);
    if (nameIdFormat === undefined)
      return no(
        { code: 'Requester', detail: 'InvalidNameIDPolicy' },
        `no NameID of the format ${request.nameIdFormat}`,
      );
    if (acrValues === undefined)
      return no({ code: 'Requester', detail: 'NoAuthnContext' }, 'the requested context is none that can be asked for');
    // Nobody proves anything anew without being asked.
    if (isPassive && forceAuthn) return no({ code: 'Responder', detail: 'NoPassive' });
    const goal = await begin(ctx, sp, {
      ...asked,
      nameIdFormat,
      isForced: forceAuthn,
      acrValues,
      isPassive,
      ...(context && { context }),
      ...(subject && { subject }),
    });
    seeOther(ctx, goal);
  });

  router.get('/saml/start/:clientId', async (ctx) => {
    const { tenant } = ctx.state;
    const sp = serviceProviderOf(await deps.clients.get(tenant, ctx.params.clientId ?? ''));
    if (!sp?.saml.idp_initiated) throw notFound('this page');
    const { acs, default_relay_state: relayState, name_id_format: nameIdFormat } = sp.saml;
    const goal = await begin(ctx, sp, {
      acs: acs[0]!.uri,
      nameIdFormat,
      isForced: false,
      acrValues: [],
      isPassive: false,
      ...(relayState !== undefined && { relayState }),
    });
    seeOther(ctx, goal);
  });

  /** Tells the service provider no. `why` for the record; undefined for what is in the course of things. */
  async function refuse(
    ctx: SamlContext,
    sp: ServiceProvider,
    asked: Parameters<typeof sendResponse>[3],
    status: Status,
    why?: string,
  ): Promise<void> {
    if (why !== undefined) await recordRefusal(deps.audit, ctx, why);
    sendResponse(deps.answer, ctx, sp, asked, status);
  }

  return router;
}

/** A request that is in order, and came for the first time. Error `saml_refused`. */
async function readRequest(
  { clock }: SamlDeps,
  tenant: Tenant,
  sp: ServiceProvider,
  message: Message,
): Promise<{ id: string; acs: string; request: AuthnRequest }> {
  if (message.kind !== 'SAMLRequest') refuseSaml('a SAMLRequest is taken here');
  const { root, isSigned } = receive(sp, message);
  const { certificates, require_signed_requests: mustSign = certificates.length > 0 } = sp.saml;
  if (mustSign && !isSigned) refuseSaml('the request is not signed');
  const expected = { name: 'AuthnRequest', destination: ssoUrl(tenant), isSigned, now: clock() };
  const { id, issuer } = readEnvelope(root, expected);
  const request = readAuthnRequest(root, issuer);
  const acs = acsFor(sp, request.acs);
  await refuseReplay(tenant, sp, id);
  return { id, acs, request };
}

/** By exact comparison: nobody is told of a user but at a registered address. Error `invalid_redirect_uri`. */
function acsFor({ saml }: ServiceProvider, wanted: AuthnRequest['acs']): string {
  const found =
    wanted === undefined
      ? saml.acs[0]
      : saml.acs.find(({ uri, index }) => ('uri' in wanted ? uri === wanted.uri : index === wanted.index));
  if (!found)
    throw new GatehouseError(
      'invalid_redirect_uri',
      400,
      `the assertion consumer service is not registered: ${JSON.stringify(wanted).slice(0, 300)}`,
    );
  return found.uri;
}
