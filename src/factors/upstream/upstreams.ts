import type { Accounts } from '../../accounts/accounts.ts';
import type { Audit } from '../../audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { isError } from '../../core/errors.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { Notify } from '../notices.ts';
import type { Origin } from '../origin.ts';
import { type Admission, admit } from './admit.ts';
import { type Connection, connectionOf, enabledConnection } from './connection.ts';
import { createDiscovery } from './discovery.ts';
import { endFlow, type Flow, startFlow } from './flow.ts';
import { checkDomain, type UpstreamIdentity } from './identity.ts';
import { createLinking } from './linking.ts';
import { logoutUrl, type SignOut } from './logout.ts';
import { createOauth } from './oauth.ts';
import { stateOf } from './posted.ts';
import type { Protocol, Wishes } from './protocol.ts';
import { type Reason, Refusal } from './refusal.ts';
import { createSaml } from './saml.ts';
import { domainOfTyped } from './upstream-for.ts';

/** Milliseconds that an upstream has for each answer. */
export const UPSTREAM_TIMEOUT = 2500;

/** `context`: that of the flow, once it is known to be this browser's. */
export type RefusedUpstream = {
  ok: false;
  reason: Reason;
  upstream: { id: string; name?: string };
  context?: Flow['context'];
};

export type Begin = Wishes & {
  upstreamId: string;
  /** What only this browser has, e.g. a random cookie. */
  binding: string;
  /** Given back at the callback. */
  context?: Record<string, string>;
};

export type Callback = {
  upstreamId: string;
  /** Of the query, or of the form where it was posted. */
  params: URLSearchParams;
  binding: string;
};

/**
 * Sign-in by other providers. `fetch` is a guarded one: it bounds time, size and where requests may go. What the store
 * throws is thrown; all else that can go wrong with an upstream is a typed refusal, on record as `upstream.refused`.
 */
export function createUpstreams(deps: {
  clock: Clock;
  audit: Audit;
  accounts: Accounts;
  notify: Notify;
  fetch: typeof globalThis.fetch;
  /** Takes from an account all that lets somebody in besides a password. */
  removeFactors: (tenant: Tenant, accountId: string) => Promise<unknown>;
  /** Whether SAML may be used at all: only where the operator has reason to. */
  saml?: boolean;
}) {
  const discover = createDiscovery(deps.fetch);
  const linking = createLinking(deps);
  const oauth = createOauth({ ...deps, discover });
  const saml = createSaml(deps);

  function protocolOf({ type }: Connection): Protocol {
    if (type !== 'saml') return oauth;
    if (!deps.saml) throw new Refusal('disabled', 'SAML is switched off in this installation');
    return saml;
  }

  const recordRefusal = (tenant: Tenant, upstreamId: string, { ip, requestId }: Origin, reason: string, why?: string) =>
    deps.audit.record(tenant.id, {
      type: 'upstream.refused',
      outcome: 'failure',
      target: upstreamId.slice(0, 100),
      ip,
      requestId,
      details: { reason, ...(why && { why }) },
    });

  async function refused(
    tenant: Tenant,
    upstreamId: string,
    origin: Origin,
    error: unknown,
    context?: Flow['context'],
  ): Promise<RefusedUpstream> {
    if (!(error instanceof Refusal)) throw error;
    await recordRefusal(tenant, upstreamId, origin, error.reason, error.message);
    const name = tenant.settings.upstreams.find(({ id }) => id === upstreamId)?.name;
    return {
      ok: false,
      reason: error.reason,
      upstream: { id: upstreamId, ...(name && { name }) },
      ...(context && { context }),
    };
  }

  return {
    /** Those that a page may offer: all but what is reached by its domain only. */
    offered: ({ settings }: Tenant): { id: string; name: string }[] =>
      settings.upstreams
        .filter(({ enabled, button, type }) => enabled && button && (type !== 'saml' || deps.saml))
        .map(({ id, name }) => ({ id, name })),

    /** Where to send the browser. */
    async begin(
      tenant: Tenant,
      { upstreamId, binding, context = {}, ...wishes }: Begin,
      origin: Origin = {},
    ): Promise<{ ok: true; url: string } | RefusedUpstream> {
      try {
        const connection = enabledConnection(tenant, upstreamId);
        const { allowed_domains } = connection.upstream;
        const domain = domainOfTyped(wishes.loginHint ?? '');
        if (domain && allowed_domains.length > 0 && !allowed_domains.includes(domain))
          throw new Refusal('domain_not_allowed', `the domain ${domain}`);
        const state = await startFlow(tenant, binding, { upstreamId, context, maxAge: wishes.maxAge });
        return { ok: true, url: await protocolOf(connection).url(tenant, connection, state, wishes) };
      } catch (error) {
        return refused(tenant, upstreamId, origin, error);
      }
    },

    /** Who came back, proven. Whose account that is says `admit`. */
    async callback(
      tenant: Tenant,
      { upstreamId, params, binding }: Callback,
      origin: Origin = {},
    ): Promise<{ ok: true; identity: UpstreamIdentity; context: Flow['context'] } | RefusedUpstream> {
      let flow: Flow | undefined;
      try {
        // RFC 6749 3.1: which one of two is meant, two programs may see differently.
        for (const name of ['state', 'code', 'iss', 'error', 'RelayState', 'SAMLResponse'])
          if (params.getAll(name).length > 1) throw new Refusal('response_invalid', `the answer has two of "${name}"`);
        const state = stateOf(params);
        flow = await endFlow(tenant, state, binding, upstreamId);
        const connection = enabledConnection(tenant, upstreamId);
        const identity = await protocolOf(connection).identify(tenant, connection, params, state, flow);
        checkDomain(connection.upstream, identity);
        return { ok: true, identity, context: flow.context };
      } catch (error) {
        return refused(tenant, upstreamId, origin, error, flow?.context);
      }
    },

    /**
     * Signs in, links, makes or claims the account, or says what is to be proven first. Then, for `ask_to_prove` (the account,
     * by any of its factors) call `link`; for `prove_email`, call this again with `emailProven`. Errors of `accounts` and `link`.
     */
    async admit(
      tenant: Tenant,
      identity: UpstreamIdentity,
      { emailProven = false }: { emailProven?: boolean } = {},
      origin: Origin = {},
    ): Promise<Admission> {
      const decide = () => admit({ ...deps, linking }, tenant, identity, emailProven, origin);
      const admission = await decide().catch((error) => {
        // Another request of the same user was faster: what it made is there now.
        if (isError(error, 'already_exists') || isError(error, 'version_conflict')) return decide();
        throw error;
      });
      if (admission.action === 'refused') await recordRefusal(tenant, identity.upstreamId, origin, admission.reason);
      return admission;
    },

    /** Of us, for the identity provider of a SAML upstream, as XML; undefined where there is no such upstream. */
    async samlMetadata(tenant: Tenant, upstreamId: string): Promise<string | undefined> {
      const upstream = tenant.settings.upstreams.find(({ id, type }) => id === upstreamId && type === 'saml');
      return deps.saml && upstream ? saml.metadata(tenant, connectionOf(upstream)) : undefined;
    },

    logoutUrl: (tenant: Tenant, signOut: SignOut) => logoutUrl(discover, tenant, signOut),
    link: linking.link,
    list: linking.list,
    unlink: linking.unlink,
    removeAll: linking.removeAll,
  };
}

export type Upstreams = ReturnType<typeof createUpstreams>;
