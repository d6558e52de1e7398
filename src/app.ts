import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import { claimsOf } from './accounts/claims.ts';
import { mappedClaims } from './accounts/profile/attributes.ts';
import { clientOfDocument } from './clients/registration/document.ts';
import { secretMatches } from './clients/secret.ts';
import { systemClock } from './core/clock.ts';
import { createGuardedFetch } from './core/guarded-fetch.ts';
import { loadMessages } from './core/messages.ts';
import { networks } from './core/networks.ts';
import { createGrantsRouter } from './grant-management/router.ts';
import { loadAssets } from './http/assets.ts';
import type { ClientApiDeps } from './http/client-api.ts';
import { createClientCertificate } from './http/client-certificate.ts';
import { createEntry } from './http/entry.ts';
import { createInboxPages } from './http/inbox.ts';
import { logRequest } from './http/log.ts';
import { createManagement, type Management } from './http/management.ts';
import type { Metrics } from './http/metrics.ts';
import { createMutualTlsAddress } from './http/mutual-tls.ts';
import { createOidcPages } from './http/oidc-pages.ts';
import { createPages } from './http/page.ts';
import { createPagesApp } from './http/pages-app.ts';
import { staticRoutes } from './http/static-routes.ts';
import { loadViews } from './http/views.ts';
import { createHostedLogin } from './login/login.ts';
import { createMailedPages } from './login/pages/pages.ts';
import { createFindPerson } from './login/person.ts';
import { signOutOfUpstream } from './login/upstream/sign-out.ts';
import { withAccountClient } from './oidc/account-client.ts';
import { inTurn } from './oidc/after-sign-out.ts';
import { createCarryPing, createSendPing } from './oidc/ciba/ping.ts';
import { createTellUser } from './oidc/ciba/tell.ts';
import { createOidc, type Oidc } from './oidc/oidc.ts';
import { createPortal } from './portal/portal.ts';
import { createRegistrar } from './registrar/registrar.ts';
import { createSaml, signOutOfServiceProviders } from './saml/saml.ts';
import type { Services } from './services.ts';
import { createPoll } from './signals/poll.ts';
import { createPush } from './signals/push.ts';
import { createSignalsRouter } from './signals/router.ts';
import type { Tenant } from './tenants/tenant.ts';

export type App = {
  handler: RequestListener;
  management: Management;
  oidc: Oidc;
  /** From now on `/health/ready` says no, so that balancers send nothing more. */
  stopping(): void;
};

export type AppDeps = {
  services: Services;
  log: Logger;
  metrics: Metrics;
  metricsText?: () => Promise<string>;
  /** Answers paths of its own outside all tenants, such as the demo; false for all others. */
  extra?: (req: IncomingMessage, res: ServerResponse) => boolean;
};

/** Wires the rooms together, once. */
export function createGatehouse({ services, log, metrics, metricsText, extra }: AppDeps): App {
  const { config, resolver, accounts, clients, sessions, audit } = services;
  let isStopping = false;
  const fault = (error: Error, requestId?: string) => log.error({ err: error, requestId }, 'fault');

  const assets = loadAssets();
  const views = loadViews();
  const messages = loadMessages();
  const pages = createPages({ views, messages, assets });
  const activeUser = async (tenant: Tenant, sub: string) => {
    const user = await accounts.active(tenant, sub);
    return user && { claims: { ...mappedClaims(tenant, user), ...claimsOf(user) } };
  };

  const isProxy = networks(config.trustedProxies);
  const mutualTls = config.mutualTls && {
    certificateOf: createClientCertificate({ isProxy, header: config.mutualTls.header }),
    url: config.mutualTls.url,
  };
  const findPerson = createFindPerson({ ...services, clock: systemClock });

  // Of every sign-out, wherever it began.
  const signOutElsewhere = inTurn(signOutOfUpstream);

  const oidc = createOidc({
    clock: systemClock,
    sessions,
    trustedDevices: services.trustedDevices,
    findPerson,
    attacks: services.attacks,
    ciba: {
      findByIdentifier: accounts.findByIdentifier,
      tellUser: createTellUser(services),
      sendPing: createSendPing(services),
    },
    findUser: activeUser,
    findClient: (tenant) => withAccountClient(tenant, (clientId) => clients.findForProtocol(tenant, clientId)),
    secretMatches,
    allowDocument: (tenant, said) => clientOfDocument(tenant, said, config.production),
    clientUsed: (tenant, clientId) => void clients.used(tenant, clientId).catch(fault),
    fetch: createGuardedFetch(networks(config.outboundAllow)),
    mutualTls,
    afterSignOut: inTurn(signOutOfServiceProviders(config.saml), signOutElsewhere),
    logoutNotices: services.logoutNotices,
    logoutFrames: services.logoutFrames,
    signals: services.signals,
    pages: (tenant) => createOidcPages({ pages, tenant, requestIdOf: (ctx) => ctx.response.get('x-request-id') }),
    observer: (tenant) => ({
      audit: (event) => void audit.record(tenant.id, event).catch(fault),
      countGrant: metrics.countGrant,
      fault,
    }),
  });

  const fetchPing = createGuardedFetch(networks(config.outboundAllow));
  services.deliveries.carryBy('ping', createCarryPing({ clients, fetch: fetchPing }));
  services.deliveries.carryBy('logout', (tenant, { to, subject }, { sid }) =>
    oidc.of(tenant).sendLogout(to, subject, sid === undefined ? undefined : String(sid)),
  );

  const { signals } = services;
  const fetchPush = createGuardedFetch(networks(config.outboundAllow));
  services.deliveries.carryBy('signal', createPush({ ...signals, fetch: fetchPush }));

  metrics.watchOutbox('mail', services.outbox.pending);
  metrics.watchOutbox('deliveries', services.deliveries.pending);

  const clientApi: ClientApiDeps = {
    findToken: (tenant, presented) => oidc.of(tenant).clientToken(presented),
    certificateOf: ({ req }) => mutualTls?.certificateOf(req),
    audit,
    fault,
  };

  const saml = createSaml({
    ...services,
    pages,
    clock: systemClock,
    isAllowed: config.saml,
    codeFlowOf: (tenant) => oidc.of(tenant).codeFlow,
    afterSignOut: signOutElsewhere,
  });

  const management = createManagement({
    store: services.store,
    metrics,
    isStopping: () => isStopping,
    metricsText: metricsText ?? (() => metrics.registry.metrics()),
  });
  const { inbox } = services;
  const showInbox =
    inbox && config.inbox !== 'off'
      ? createInboxPages({
          inbox,
          access: config.inbox,
          url: config.url,
          views,
          assets,
          fault: (error) => fault(error as Error),
        })
      : () => false;
  const isManagedHere = config.managementPort === undefined;

  const handler = createEntry({
    resolver,
    oidc,
    pages: createPagesApp({
      pages,
      oidc,
      statics: staticRoutes(assets) as unknown as Middleware,
      rooms: [
        createHostedLogin({ ...services, pages, messages, clock: systemClock, findPerson }),
        createMailedPages({ ...services, pages, clock: systemClock }),
        createPortal({ ...services, pages, clock: systemClock, findPerson }),
        createRegistrar({ ...services, fault }),
        createSignalsRouter({ ...clientApi, signals, poll: createPoll({ ...signals, audit }) }),
        createGrantsRouter({
          ...clientApi,
          grants: services.grants,
          subOf: (tenant, clientId, accountId) => oidc.of(tenant).subOf(clientId, accountId),
        }),
      ]
        .map((room) => room.routes() as unknown as Middleware)
        .concat(saml as Middleware),
      fault,
    }),
    isProxy,
    mutualTls: mutualTls?.url ? createMutualTlsAddress(mutualTls.url, resolver) : undefined,
    own: (req, res) => (isManagedHere && management(req, res)) || showInbox(req, res) || (extra?.(req, res) ?? false),
    done(request) {
      metrics.observeRequest(request.route, request.res.statusCode, (performance.now() - request.startedAt) / 1000);
      logRequest(log, request);
    },
    fault,
  });

  return {
    handler,
    management,
    oidc,
    stopping() {
      isStopping = true;
    },
  };
}
