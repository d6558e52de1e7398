import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { type Consented, findConsent } from '../privacy/consents.ts';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * The grant that an authorization request goes by. A grant belongs to one session and client, so that revoking it ends
 * one sign-in; what the user has allowed is remembered apart, for all sessions, and fills the grant without asking.
 */
export async function loadExistingGrant(tenant: Tenant, ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { oidc } = ctx;
  const { provider, client, session } = oidc;
  const accountId = session?.accountId;
  if (!client || !session || !accountId) return undefined;

  const id = oidc.result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const found = id ? await provider.Grant.find(id) : undefined;
  // A grant of the account that was signed in before must not pass to the next one.
  const grant = found?.accountId === accountId ? found : undefined;
  const wanted = missing(ctx, grant);
  if (isNothing(wanted)) return grant;

  // Whom nobody vouches for is asked about in every session: a name may have another behind it by now.
  if (client.untrusted) return grant;
  const allowed = client.skip_consent
    ? wanted
    : intersection(wanted, await findConsent(tenant, accountId, client.clientId));
  if (isNothing(allowed)) return grant;
  const filled = grant ?? new provider.Grant({ accountId, clientId: client.clientId });
  addToGrant(filled, allowed);
  await filled.save();
  return filled;
}

export function addToGrant(grant: Grant, { scopes, claims, resources }: Consented): void {
  if (scopes.length > 0) grant.addOIDCScope(scopes.join(' '));
  if (claims.length > 0) grant.addOIDCClaims(claims);
  for (const [indicator, names] of Object.entries(resources)) grant.addResourceScope(indicator, names.join(' '));
}

/** What the request asks for and the grant has not. */
export function missing({ oidc }: KoaContextWithOIDC, grant: Grant | undefined): Consented {
  const scopes = new Set(grant?.getOIDCScopeEncountered().split(' '));
  const claims = new Set(grant?.getOIDCClaimsEncountered());
  const resources: Record<string, string[]> = {};
  for (const [indicator, server] of Object.entries(oidc.resourceServers ?? {})) {
    const granted = new Set(grant?.getResourceScopeEncountered(indicator).split(' '));
    const names = [...oidc.requestParamScopes].filter((name) => server.scopes.has(name) && !granted.has(name));
    if (names.length > 0) resources[indicator] = names;
  }
  return {
    scopes: [...oidc.requestParamOIDCScopes].filter((scope) => !scopes.has(scope)),
    claims: [...oidc.requestParamClaims].filter((claim) => !claims.has(claim)),
    resources,
  };
}

function intersection(wanted: Consented, allowed: Consented | undefined): Consented {
  const within = (names: string[], list: string[] = []) => names.filter((name) => list.includes(name));
  const resources = Object.entries(wanted.resources)
    .map(([indicator, names]) => [indicator, within(names, allowed?.resources[indicator])] as const)
    .filter(([, names]) => names.length > 0);
  return {
    scopes: within(wanted.scopes, allowed?.scopes),
    claims: within(wanted.claims, allowed?.claims),
    resources: Object.fromEntries(resources),
  };
}

const isNothing = ({ scopes, claims, resources }: Consented) =>
  scopes.length === 0 && claims.length === 0 && Object.keys(resources).length === 0;
