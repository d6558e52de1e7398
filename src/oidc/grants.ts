import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { type Consented, findConsent } from '../privacy/consents.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { isNewGrantAsked } from './grant-management/actions.ts';

/**
 * The grant that an authorization request goes by. A grant belongs to one session and client, so that revoking it ends
 * one sign-in; what the user has allowed is remembered apart, for all sessions, and fills the grant without asking.
 */
export async function loadExistingGrant(tenant: Tenant, ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { oidc } = ctx;
  const { provider, client, session } = oidc;
  const accountId = session?.accountId;
  if (!client || !session || !accountId) return undefined;

  const isNew = isNewGrantAsked(oidc.params!) && !oidc.result?.consent;
  const id = oidc.result?.consent?.grantId ?? (isNew ? undefined : session.grantIdFor(client.clientId));
  const found = id ? await provider.Grant.find(id) : undefined;
  // A grant of the account that was signed in before must not pass to the next one.
  const grant = found?.accountId === accountId ? found : undefined;
  const wanted = missing(ctx, grant);
  if (isNothing(wanted)) return grant;

  // Whom nobody vouches for is asked about in every session: a name may have another behind it by now.
  // Who wants another grant wants another answer, too.
  if (client.untrusted || (isNew && !client.skip_consent)) return grant;
  const allowed = await allowedUnasked(tenant, client, accountId, wanted);
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

/** What of it needs no question: all for a first-party client, else what the user has allowed before. */
export async function allowedUnasked(
  tenant: Tenant,
  client: { clientId: string; skip_consent?: unknown },
  accountId: string,
  wanted: Consented,
): Promise<Consented> {
  if (client.skip_consent) return wanted;
  return intersection(wanted, await findConsent(tenant, accountId, client.clientId));
}

/** What the request asks for and the grant has not. */
export function missing({ oidc }: KoaContextWithOIDC, grant: Grant | undefined): Consented {
  const ofApis = Object.entries(oidc.resourceServers ?? {}).map(
    ([indicator, { scopes }]) => [indicator, [...oidc.requestParamScopes].filter((name) => scopes.has(name))] as const,
  );
  return lacking(grant, {
    scopes: [...oidc.requestParamOIDCScopes],
    claims: [...oidc.requestParamClaims],
    resources: Object.fromEntries(ofApis),
  });
}

/** What of it the grant has not. */
export function lacking(grant: Grant | undefined, wanted: Consented): Consented {
  const without = (names: string[], granted: readonly string[] = []) => names.filter((name) => !granted.includes(name));
  const ofApis = Object.entries(wanted.resources)
    .map(
      ([indicator, names]) =>
        [indicator, without(names, grant?.getResourceScopeEncountered(indicator).split(' '))] as const,
    )
    .filter(([, names]) => names.length > 0);
  return {
    scopes: without(wanted.scopes, grant?.getOIDCScopeEncountered().split(' ')),
    claims: without(wanted.claims, grant?.getOIDCClaimsEncountered()),
    resources: Object.fromEntries(ofApis),
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

export const isNothing = ({ scopes, claims, resources }: Consented) =>
  scopes.length === 0 && claims.length === 0 && Object.keys(resources).length === 0;
