import type { Account, Configuration, ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import type { Cache } from '../core/cache.ts';
import type { Clock } from '../core/clock.ts';
import { RESPONSE_LIMIT } from '../core/guarded-fetch.ts';
import type { LogoutNotices } from '../logout/notices.ts';
import type { Attacks } from '../risk/attacks.ts';
import { protocolOf } from '../tenants/settings/protocol.ts';
import { signingAlgsOf } from '../tenants/settings/signing.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { FindUser } from './account-cache.ts';
import { createAdapter, type SecretMatches } from './adapter/adapter.ts';
import type { FindClient } from './adapter/client.ts';
import type { FramesAfterSignOut } from './after-sign-out.ts';
import type { AssuranceDeps } from './assurance.ts';
import { claimsByScope } from './claims.ts';
import { cookies } from './cookies.ts';
import { enabledAlgorithms } from './features/algorithms.ts';
import { type CibaDeps, cibaFeature } from './features/ciba.ts';
import { type AllowDocument, documentFeature } from './features/client-id-documents.ts';
import { type DevicePages, deviceFeature } from './features/device.ts';
import { tokenFeatures } from './features/introspection.ts';
import { logoutFeatures, saidOfLogout } from './features/logout.ts';
import { authMethods, type MutualTls, mutualTlsFeature, saidOfMutualTls } from './features/mtls.ts';
import { checkOwnMetadata, OWN_METADATA, saidOfRegistration } from './features/registration.ts';
import { needsPkce, requestFeatures, saidOfRequests } from './features/requests.ts';
import { responseFeatures, responseTypes } from './features/responses.ts';
import { richAuthorizationFeature } from './features/rich-authorization.ts';
import { grantParams, saidOfGrants } from './grant-management/actions.ts';
import { loadExistingGrant } from './grants.ts';
import { interactionPath } from './interaction-path.ts';
import { jsonOnly } from './json-only.ts';
import { DEVICE_SSO } from './native-sso/allowed.ts';
import { createDeviceSecrets } from './native-sso/device-secrets.ts';
import { withSecretHash } from './native-sso/with-code.ts';
import { defaultResource, ownApi } from './own-apis.ts';
import { pairwise } from './pairwise.ts';
import { createPolicy } from './policy.ts';
import { saidOfResources } from './protected-resources.ts';
import { resourceServer } from './resources.ts';
import type { NoteSubject } from './signals/note-subjects.ts';
import type { SessionLeft } from './signals/session-ends.ts';
import { tokenClaims, withExchangeClaims } from './token-claims.ts';
import { ttl } from './ttl.ts';
import { type WayBack, wayBack } from './way-back.ts';
import type { IssuerKeys } from './workload/issuer-keys.ts';

/** The pages that the protocol core itself shows. */
export type OidcPages = DevicePages & {
  /** `back`: how the user gets on to the client, where the core does not send them there by itself. */
  renderError(ctx: KoaContextWithOIDC, out: ErrorOut, error: Error, back?: WayBack): Promise<void> | void;
  logoutSource(ctx: KoaContextWithOIDC, form: string): Promise<void> | void;
  /** Nobody is signed in, and the client, for which nobody vouches, is not gone to unasked. */
  signedOutOfStranger(ctx: KoaContextWithOIDC, back: WayBack): Promise<void> | void;
  postLogoutSuccessSource(ctx: KoaContextWithOIDC): Promise<void> | void;
  /** Clients are told in frames; then it goes on to `goal`, an address that the core has checked. */
  signedOutInFrames(ctx: KoaContextWithOIDC, page: FramesAfterSignOut): Promise<void> | void;
};

export type OidcDeps = AssuranceDeps & {
  findUser: FindUser;
  findClient: (tenant: Tenant) => FindClient;
  secretMatches: SecretMatches;
  attacks: Pick<Attacks, 'report'>;
  allowDocument: AllowDocument;
  ciba: CibaDeps;
  fetch: typeof globalThis.fetch;
  /** Of those whose assertions are taken. */
  issuerKeys: IssuerKeys;
  pages: (tenant: Tenant) => OidcPages;
  /** Absent: no caller has a certificate. */
  mutualTls?: MutualTls | undefined;
  /** Tells clients that a session has ended. */
  logoutNotices: LogoutNotices;
  /** Who hears of security events. */
  signals: { note: NoteSubject; sessionLeft: SessionLeft };
  /** Whether a client's sector_identifier_uri is read; default: no. */
  checksSectors?: boolean;
};

/** All that a tenant's settings mean to the protocol core. */
export function configuration(tenant: Tenant, deps: OidcDeps, accounts: Cache<Account>): Configuration {
  const { settings } = tenant;
  const protocol = protocolOf(settings);
  const pages = deps.pages(tenant);
  const policy = createPolicy(tenant, deps);
  const defaultAlg = signingAlgsOf(settings)[0];

  return {
    adapter: createAdapter(tenant, { ...deps, findClient: deps.findClient(tenant) }),
    jwks: { keys: tenant.keys.map((key) => key.jwk) } as Configuration['jwks'],
    cookies: cookies(tenant),
    ttl: ttl(settings, deps.clock),
    claims: claimsByScope(settings),
    scopes: ['openid', 'offline_access', ...(protocol.native_sso ? [DEVICE_SSO] : [])],
    acrValues: settings.assurance.acr_values.map(({ acr }) => acr),
    extraTokenClaims: tokenClaims(tenant),
    enabledJWA: enabledAlgorithms(settings),
    clientAuthMethods: authMethods(protocol, deps.mutualTls),
    responseTypes: responseTypes(protocol),
    // OpenID Connect Core 3.1.2.1: the address is named, even where there is but one.
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: (ctx, client) => needsPkce(protocol, ctx, client as { require_pkce?: boolean }) },
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (_ctx, sub, client) => pairwise(tenant, sub, client),
    clientDefaults: {
      id_token_signed_response_alg: defaultAlg,
      authorization_signed_response_alg: defaultAlg,
      introspection_signed_response_alg: defaultAlg,
    } as Configuration['clientDefaults'],
    extraParams: { policy_of: null, ...grantParams(tenant) },
    extraClientMetadata: {
      properties: OWN_METADATA,
      validator: checkOwnMetadata,
    },
    discovery: {
      service_documentation: undefined,
      ...saidOfRequests(protocol),
      ...saidOfRegistration(tenant),
      ...saidOfResources(tenant),
      ...saidOfMutualTls(tenant, deps.mutualTls),
      native_sso_supported: protocol.native_sso || undefined,
      ...saidOfLogout,
      ...saidOfGrants(tenant),
      op_policy_uri: settings.links.privacy_uri,
      op_tos_uri: settings.links.terms_uri,
      ui_locales_supported: settings.locales.supported,
      prompt_values_supported: ['none', ...Array.from(policy, ({ name }) => name)],
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      jwtUserinfo: { enabled: true },
      ...documentFeature(tenant, deps.allowDocument),
      ...requestFeatures(tenant, deps.clock),
      ...responseFeatures(protocol),
      ...tokenFeatures(tenant, accounts),
      richAuthorizationRequests: richAuthorizationFeature(settings),
      mTLS: mutualTlsFeature(protocol, deps.mutualTls, deps.clock),
      resourceIndicators: {
        enabled: true,
        defaultResource: defaultResource(tenant),
        getResourceServerInfo: (ctx, indicator, client) =>
          ownApi(tenant, ctx, indicator, client) ?? resourceServer(tenant, indicator, client),
      },
      deviceFlow: deviceFeature(settings, pages),
      ciba: cibaFeature(tenant, { ...deps, ...deps.ciba }),
      ...logoutFeatures(pages),
    },
    interactions: {
      policy,
      url: (_ctx, { uid, params }) => interactionPath(tenant, uid, { client: String(params.client_id) }),
    },
    findAccount: findAccount(tenant, deps.clock, accounts),
    loadExistingGrant: (ctx) => loadExistingGrant(tenant, ctx),
    // OpenID Connect Core 11 binds only `offline_access` to consent: without it the token ends with the session.
    // A request that was approved elsewhere has no session that it could end with.
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') &&
      (source.kind !== 'BackchannelAuthenticationRequest' || source.scopes.has('offline_access')),
    expiresWithSession: (_ctx, source) => !source.scopes.has('offline_access'),
    // FAPI 2.0 Security Profile 5.3.2.1: they are bound to a key, and no client is logged out by a lost answer.
    rotateRefreshToken: protocol.profile !== 'fapi2',
    revokeGrantPolicy: () => true,
    clientBasedCORS: (_ctx, origin, client) => isOriginOf(client.redirectUris ?? [], origin),
    fetch: jsonOnly(deps.fetch),
    // Asked for when a client is registered (OpenID Connect Registration 5), not by whoever names the client later.
    sectorIdentifierUriValidate: () => deps.checksSectors ?? false,
    fetchResponseBodyLimits: { jwks_uri: RESPONSE_LIMIT, sector_identifier_uri: RESPONSE_LIMIT },
    renderError: (ctx, out, error) => pages.renderError(ctx, out, error as Error, wayBack(ctx, out)),
  } as Configuration;
}

/** With what ID tokens have to say where they can be exchanged. */
function findAccount(
  tenant: Tenant,
  clock: Clock,
  accounts: Cache<Account>,
): NonNullable<Configuration['findAccount']> {
  const { token_exchange, native_sso } = protocolOf(tenant.settings);
  if (!token_exchange && !native_sso) return (_ctx, sub) => accounts.get(sub);
  const secrets = native_sso ? createDeviceSecrets(tenant, clock) : undefined;
  return async (ctx, sub) => {
    const account = await accounts.get(sub);
    // No ID token comes of it: nothing to be said in one.
    if (!account || ctx.oidc.route === 'userinfo') return account;
    const exchangeable = token_exchange ? withExchangeClaims(tenant, ctx, account) : account;
    return secrets ? withSecretHash(secrets, ctx, exchangeable) : exchangeable;
  };
}

const isOriginOf = (uris: readonly string[], origin: string) =>
  origin !== 'null' && uris.some((uri) => /^https?:/.test(uri) && URL.parse(uri)?.origin === origin);
