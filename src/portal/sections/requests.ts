import type { Audit } from '../../audit/audit.ts';
import type { Clients } from '../../clients/clients.ts';
import type { Metadata } from '../../clients/record.ts';
import { notFound } from '../../core/errors.ts';
import { consentItems } from '../../http/consent-items.ts';
import { oneOf } from '../../http/fields.ts';
import { placeIn } from '../../http/place-in.ts';
import type { Facts } from '../../journey/facts.ts';
import type { Outcome } from '../../journey/plan.ts';
import { FRESH } from '../../journey/standing.ts';
import { accountSignIn } from '../../oidc/account-client.ts';
import type { PendingRequest } from '../../oidc/ciba/pending.ts';
import { policyOfClient } from '../../oidc/request-facts.ts';
import type { Answer, PortalVisit, Section } from '../visit.ts';

const PATH = '/account/requests';

type Asked = { request: PendingRequest; metadata: Metadata; outcome: Outcome };

/**
 * Applications that ask the user to sign in there (CIBA). To say yes takes what a sign-in to that application takes, and a new
 * proof where it asks for a level; to say no takes nothing.
 */
export function requestsSection(deps: { clients: Pick<Clients, 'get'>; audit: Pick<Audit, 'record'> }): Section {
  const pendingOf = ({ ctx, user }: PortalVisit) => ctx.state.backchannelRequests.list(user.id);

  async function ask(visit: PortalVisit, request: PendingRequest): Promise<Asked> {
    const { metadata = {} } = (await deps.clients.get(visit.tenant, request.clientId)) ?? {};
    const { outcome } = visit.planFor(demandOf(request), policyOfClient(metadata));
    return { request, metadata, outcome };
  }

  async function describe(visit: PortalVisit, given: PendingRequest) {
    const { request, metadata, outcome } = await ask(visit, given);
    const { id, bindingMessage, wanted, details, origin, at, expiresAt } = request;
    return {
      id,
      client: nameOf(request, metadata),
      message: bindingMessage,
      ...consentItems({ ...wanted, details }, visit.tenant),
      place: placeIn(origin, visit.from.locale),
      at: at * 1000,
      until: expiresAt * 1000,
      way: 'done' in outcome ? 'approve' : 'ask' in outcome ? 'confirm' : 'none',
    };
  }

  async function record({ tenant, user, from }: PortalVisit, type: string, { clientId }: PendingRequest) {
    const { ip, requestId } = from;
    await deps.audit.record(tenant.id, { type, actor: user.id, target: user.id, clientId, ip, requestId });
  }

  async function approve(visit: PortalVisit, request: PendingRequest): Promise<Answer> {
    const { ctx, tenant, user } = visit;
    const { metadata, outcome } = await ask(visit, request);
    if ('refuse' in outcome) return { done: { message: 'portal.requests.impossible' }, at: PATH };
    if (!('done' in outcome)) return { goTo: confirmation(tenant, request) };
    const { acr, amr, authTime } = outcome.done;
    const proven = { acr, amr, authTime };
    const { backchannelRequests } = ctx.state;
    if (!(await backchannelRequests.approve(user.id, request, proven, visit.isStillIn))) return OVER;
    await record(visit, 'backchannel.approved', request);
    return { done: { message: 'portal.requests.approved', values: { client: nameOf(request, metadata) } }, at: PATH };
  }

  async function refuse(visit: PortalVisit, request: PendingRequest): Promise<Answer> {
    if (!(await visit.ctx.state.backchannelRequests.refuse(visit.user.id, request))) return OVER;
    await record(visit, 'backchannel.denied', request);
    return { done: { message: 'portal.requests.denied' }, at: PATH };
  }

  return {
    path: PATH,
    isSensitive: false,
    pages: {
      async ''(visit) {
        const requests = await Promise.all((await pendingOf(visit)).map((request) => describe(visit, request)));
        const data = { title: 'portal.requests.title', lead: 'portal.requests.lead', requests };
        return { view: 'portal/requests', data };
      },
    },
    forms: {
      async '/answer'(visit, form) {
        const request = (await pendingOf(visit)).find(({ id }) => id === form.get('request'));
        if (!request) throw notFound('this request');
        return oneOf(form, 'decision', ['approve', 'deny']) === 'approve'
          ? approve(visit, request)
          : refuse(visit, request);
      },
    },
  };
}

const OVER: Answer = { done: { message: 'portal.requests.over' }, at: PATH };

/** Whoever asks for a level wants to know that its user is there now, not that they were some time ago. */
function demandOf({ request }: PendingRequest): Facts['request'] {
  const maxAge = Math.min(request.maxAge ?? Infinity, request.acrValues.length > 0 ? FRESH : Infinity);
  return { ...request, ...(maxAge !== Infinity && { maxAge }) };
}

/** Where to prove what is missing, by the policy of that application, and to come back. */
function confirmation(tenant: PortalVisit['tenant'], given: PendingRequest): string {
  const { acrValues, maxAge } = demandOf(given);
  return accountSignIn(tenant, {
    state: PATH,
    policy_of: given.clientId,
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
    ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
  });
}

const nameOf = ({ clientId }: PendingRequest, { client_name }: Metadata): string =>
  typeof client_name === 'string' ? client_name : clientId;
