import type { IncomingMessage, ServerResponse } from 'node:http';
import { isFapi } from '../tenants/settings/protocol.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { type AfterSignOutDeps, goOnAfterSignOut } from './after-sign-out.ts';
import { deferBackchannelLogout, type SendLogout } from './backchannel-logout.ts';
import { type BrowserSessions, createBrowserSessions } from './browser-sessions.ts';
import { type BackchannelRequests, createBackchannelRequests } from './ciba/answers.ts';
import { type FindClientToken, findClientToken } from './client-tokens.ts';
import { type CodeFlow, createCodeFlow } from './code-flow.ts';
import type { OidcDeps } from './configuration.ts';
import { formActionOfCorePages } from './core-pages.ts';
import { refuseNullOrigin } from './cors.ts';
import { type Documents, renderDocuments } from './documents.ts';
import { endWhatEndedMeanwhile } from './ended-meanwhile.ts';
import { type Observer, observe } from './events.ts';
import { sayNoUserCodes } from './features/ciba.ts';
import { nameClientRefusals, sayClientAuth } from './features/client-auth.ts';
import { fillInUserCode, sendPeopleToIssuer } from './features/device.ts';
import { sayNoBoundTokens } from './features/mtls.ts';
import { sayGrantId } from './grant-management/grant-id.ts';
import type { Interactions } from './interaction.ts';
import { sayInteractionId } from './interaction-id.ts';
import { createInteractions } from './interactions.ts';
import { subOf } from './pairwise.ts';
import { sayInterval } from './polling.ts';
import { nameResourceMetadata, resourceMetadata } from './protected-resources.ts';
import { createProvider } from './provider.ts';
import { resumeByPath } from './resume.ts';
import { noteSubjects } from './signals/note-subjects.ts';
import { tellOfSessionEnds } from './signals/session-ends.ts';
import { type ClientUsed, countUses } from './uses.ts';
import { keepAfterSignOut, keepFromBouncing } from './way-back.ts';
import { answerToWindow } from './web-message.ts';
import { createIssuerKeys } from './workload/issuer-keys.ts';

/** The protocol of one tenant, as it is at this revision. */
export type TenantOidc = {
  /** Answers a protocol request whose `url` is below the issuer, `baseUrl` and Host being the issuer's. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Discovery and JWKS, rendered once. */
  documents(): Documents | Promise<Documents>;
  interactions: Interactions;
  browserSessions: BrowserSessions;
  sendLogout: SendLogout;
  backchannelRequests: BackchannelRequests;
  codeFlow: CodeFlow;
  clientToken: FindClientToken;
  /** What a client calls an account. */
  subOf(clientId: string, accountId: string): Promise<string>;
};

export type Oidc = { of(tenant: Tenant): TenantOidc };

/**
 * Protocol cores by tenant object: made on first use, gone with the tenant when the resolver lets it go or has a newer
 * one. So there is one cache to think of, the resolver's.
 */
export function createOidc(
  given: Omit<OidcDeps, 'issuerKeys'> &
    Omit<AfterSignOutDeps, 'showFrames'> & { observer: (tenant: Tenant) => Observer; clientUsed: ClientUsed },
): Oidc {
  const deps = { ...given, issuerKeys: createIssuerKeys(given) };
  const known = new WeakMap<Tenant, TenantOidc>();

  function create(tenant: Tenant): TenantOidc {
    const provider = createProvider(tenant, deps);
    const sendLogout = deferBackchannelLogout(tenant, provider, deps.logoutNotices);
    observe(provider, deps.observer(tenant));
    keepFromBouncing(provider);
    countUses(provider, (clientId) => deps.clientUsed(tenant, clientId), deps.clock);
    provider.use(refuseNullOrigin);
    provider.use(resumeByPath(provider));
    provider.use(answerToWindow);
    provider.use(formActionOfCorePages);
    provider.use(keepAfterSignOut(deps.pages(tenant).signedOutOfStranger));
    provider.use(fillInUserCode);
    provider.use(sayInterval);
    provider.use(sayNoUserCodes);
    provider.use(sayClientAuth);
    provider.use(nameClientRefusals);
    if (tenant.settings.protocol.grant_management) provider.use(sayGrantId);
    if (isFapi(tenant.settings.protocol)) provider.use(sayInteractionId);
    provider.use(sayNoBoundTokens(deps.mutualTls));
    provider.use(sendPeopleToIssuer(tenant));
    provider.use(nameResourceMetadata(tenant));
    const browserSessions = createBrowserSessions(tenant, provider, deps);
    provider.use(endWhatEndedMeanwhile(tenant, deps, browserSessions));
    const { signedOutInFrames: showFrames } = deps.pages(tenant);
    provider.use(goOnAfterSignOut(tenant, browserSessions, { ...deps, showFrames }));
    if (tenant.settings.protocol.shared_signals.enabled) {
      noteSubjects(tenant, provider, deps.signals.note);
      tellOfSessionEnds(tenant, provider, deps.signals.sessionLeft);
    }
    let documents: Documents | Promise<Documents> | undefined;
    return {
      handle: provider.callback() as TenantOidc['handle'],
      documents() {
        documents ??= renderDocuments(provider, (said) => resourceMetadata(tenant, deps.mutualTls, said)).then(
          (rendered) => {
            documents = rendered;
            return rendered;
          },
        );
        return documents;
      },
      interactions: createInteractions(tenant, provider, deps.clock),
      browserSessions,
      sendLogout,
      backchannelRequests: createBackchannelRequests(tenant, provider, deps.clock),
      codeFlow: createCodeFlow(tenant, provider, deps),
      clientToken: findClientToken(tenant, provider, deps.clock),
      async subOf(clientId, accountId) {
        const client = await provider.Client.find(clientId);
        return client ? subOf(tenant, client, accountId) : accountId;
      },
    };
  }

  return {
    of(tenant) {
      let oidc = known.get(tenant);
      if (!oidc) {
        oidc = create(tenant);
        known.set(tenant, oidc);
      }
      return oidc;
    },
  };
}
