import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Koa from 'koa';
import type { AuditEvent } from '../../src/audit/audit.ts';
import { seconds } from '../../src/core/clock.ts';
import { interactionGone } from '../../src/core/errors.ts';
import { loadMessages } from '../../src/core/messages.ts';
import { packageRoot } from '../../src/core/package-root.ts';
import { derive } from '../../src/core/sealing.ts';
import { loadAssets } from '../../src/http/assets.ts';
import type { RequestState } from '../../src/http/context.ts';
import { sendError } from '../../src/http/error-page.ts';
import { createOidcPages } from '../../src/http/oidc-pages.ts';
import { createPages } from '../../src/http/page.ts';
import { securityHeaders } from '../../src/http/security-headers.ts';
import { staticRoutes } from '../../src/http/static-routes.ts';
import { loadViews } from '../../src/http/views.ts';
import type { AccountFacts } from '../../src/journey/facts.ts';
import { createConductor } from '../../src/login/conductor.ts';
import { createProve } from '../../src/login/prove.ts';
import { createLogin } from '../../src/login/router.ts';
import type { SignInResult } from '../../src/login/sign-in.ts';
import { accountStep } from '../../src/login/steps/account.ts';
import { cancelStep } from '../../src/login/steps/cancel.ts';
import { consentStep } from '../../src/login/steps/consent.ts';
import { identifyStep } from '../../src/login/steps/identify.ts';
import type { Interaction, Interactions } from '../../src/oidc/interaction.ts';
import type { Artifact, DurableArtifacts } from '../../src/store/artifacts.ts';
import { type TenantSettingsInput, tenantSettings } from '../../src/tenants/settings.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';

/** The hosted pages over made-up interactions: no store, no protocol core. */

const assets = loadAssets();
const folders = [join(packageRoot, 'views'), join(packageRoot, 'test/support/gallery')];
export const pages = createPages({ views: loadViews(folders), messages: loadMessages(), assets });

/** What steps of a sign-in keep. */
function fakeArtifacts(): DurableArtifacts {
  const kept = new Map<string, Artifact>();
  const artifacts: Pick<DurableArtifacts, 'find' | 'swap'> = {
    find: async (kind, id) => kept.get(`${kind}/${id}`),
    async swap(kind, id, version, payload) {
      if ((kept.get(`${kind}/${id}`)?.version ?? 0) !== version) return false;
      kept.set(`${kind}/${id}`, { payload: structuredClone(payload), version: version + 1, consumed: undefined });
      return true;
    },
  };
  return artifacts as DurableArtifacts;
}

const noRecords = () => {
  throw new Error('pages need no records');
};

export function fakeTenant(over: { issuer?: string; name?: string; settings?: TenantSettingsInput } = {}): Tenant {
  const issuer = over.issuer ?? 'http://localhost:3000/t/acme';
  return {
    id: 'acme',
    name: over.name ?? 'Acme Inc',
    issuer,
    basePath: new URL(issuer).pathname.replace(/\/$/, ''),
    status: 'active',
    settings: tenantSettings.parse(over.settings ?? {}),
    revision: 1,
    keys: [],
    samlKeys: [],
    keysValidUntil: Number.POSITIVE_INFINITY,
    store: { tenantId: 'acme', artifacts: fakeArtifacts(), records: noRecords },
    secretFor: (purpose) => derive(Buffer.alloc(32, issuer), purpose),
    openSecret: (sealed) => sealed,
  };
}

export const fakeInteraction = (over: Partial<Interaction> = {}): Interaction => ({
  uid: 'uid1',
  prompt: 'login',
  reasons: ['no_session'],
  params: { client_id: 'web' },
  client: {
    id: 'web',
    name: 'Paper Boat',
    logoUri: undefined,
    clientUri: 'https://boat.example/',
    policyUri: 'https://boat.example/privacy',
    tosUri: undefined,
    untrusted: false,
    redirectHost: 'app.boat.example',
  },
  request: { acrValues: [] },
  clientPolicy: undefined,
  accountId: undefined,
  sessionUid: undefined,
  missing: { scopes: [], claims: [], resources: {}, details: [] },
  formAction: ['https://app.boat.example'],
  expiresAt: 4_000_000_000,
  ...over,
});

const unused = () => {
  throw new Error('not in use here');
};

const accountLabel = async () => ({ name: 'Ada Lovelace', email: 'ada@example.com' });

const fakeAccount = (id: string): AccountFacts => ({
  id,
  active: true,
  factors: ['password'],
  resetRequired: false,
  termsDue: false,
  profileMissing: false,
});

const GO_ON = (uid: string) => `http://localhost:3000/t/acme/auth/${uid}`;

/** What the pages did to the interactions, e.g. `finishSignIn uid1`. */
export type Calls = string[];

function fakeInteractions(byUid: Map<string, Interaction>, calls: Calls, goOn = GO_ON): Interactions {
  const end = (verb: string) => async (_req: unknown, _res: unknown, uid: string, more?: unknown) => {
    if (!byUid.delete(uid)) throw interactionGone();
    calls.push([verb, uid, more && JSON.stringify(more)].filter(Boolean).join(' '));
    return goOn(uid);
  };
  return {
    async load(_req, _res, uid) {
      const interaction = byUid.get(uid);
      if (!interaction) throw interactionGone();
      return interaction;
    },
    finishSignIn: end('finishSignIn'),
    keepAccount: end('keepAccount'),
    grantConsent: end('grantConsent'),
    abort: end('abort'),
  };
}

const HOMES = new Map([
  ['web', { name: 'Paper Boat', uri: 'https://boat.example/' }],
  ['script', { name: 'Paper Boat', uri: 'javascript:alert(1)' }],
]);

/** An app as the server mounts it. `signIn` says what a password attempt leads to, `goOn` where an answered step does. */
export function pagesApp(
  options: {
    tenant?: Tenant;
    interactions?: Interaction[];
    signIn?: (password: string) => Promise<SignInResult>;
    goOn?: (uid: string) => string;
  } = {},
) {
  const tenant = options.tenant ?? fakeTenant();
  const calls: Calls = [];
  const events: AuditEvent[] = [];
  const byUid = new Map((options.interactions ?? []).map((interaction) => [interaction.uid, interaction]));
  const audit = { record: async (_tenantId: string, event: AuditEvent) => void events.push(event) };
  const identify = identifyStep({
    prove: createProve({ accounts: { get: async () => undefined } }),
    accountLabel,
    signInWithPassword: async ({ password }) => {
      if (options.signIn) return options.signIn(password);
      return password === 'right'
        ? { ok: true, accountId: 'ada', as: {}, proof: { factor: 'password', at: seconds(Date.now) } }
        : { ok: false, reason: 'invalid' };
    },
    work: { ask: async () => undefined, ahead: async () => undefined },
    passkeys: { isAvailable: () => false, authenticationOptions: unused },
  });
  const login = createLogin({
    pages,
    audit,
    clientHome: async (_tenant, id) => HOMES.get(id),
    conductor: createConductor({
      clock: Date.now,
      audit,
      sessions: { get: async () => undefined },
      trustedDevices: { check: async () => undefined },
      judge: async () => ({ score: 0, action: 'allow', reasons: {}, signals: {} }),
      findPerson: async (_tenant, id) => ({ account: fakeAccount(id), roles: [], organizations: [] }),
    }),
    firstPage: identify.page,
    steps: [identify, accountStep({ accountLabel }), consentStep({ accountLabel }), cancelStep],
  });
  const app = new Koa<RequestState>();
  app.use(async (ctx, next) => {
    Object.assign(ctx.state, {
      requestId: 'req-1',
      ip: '192.0.2.1',
      tenant,
      interactions: fakeInteractions(byUid, calls, options.goOn),
      backchannelRequests: { list: async () => [], approve: async () => false, refuse: async () => false },
      browserSessions: { find: async () => undefined, clientsOf: async () => [], end: async () => {} },
    });
    ctx.set(securityHeaders(tenant.issuer));
    if (ctx.url.startsWith(`${tenant.basePath}/`)) ctx.url = ctx.url.slice(tenant.basePath.length);
    try {
      await next();
    } catch (error) {
      sendError(pages, ctx, { tenant, requestId: 'req-1' }, error);
    }
  });
  app.use(staticRoutes(assets));
  app.use(login.routes());
  const oidcPages = createOidcPages({ pages, tenant, requestIdOf: () => 'req-1' });
  return { app, tenant, calls, events, byUid, login, oidcPages };
}

/** The app on a free port; `host` an address of this machine. */
export async function listen(app: Koa<RequestState>, host = '127.0.0.1') {
  const server = app.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () => void server.close(),
  };
}
