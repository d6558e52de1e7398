import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../../core/clock.ts';
import { sha256 } from '../../core/hashing.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { BoundGrant } from '../bound-grant.ts';
import type { GrantHandler } from '../core-grants.ts';
import { invalidGrant } from '../invalid-grant.ts';
import { type Assertion, verifyAssertion } from './assertion.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { allowedBy, rulesFor } from './rule.ts';

export const WORKLOAD_PARAMS = ['assertion', 'scope', 'resource'];
export const WORKLOAD_DUPLICATES = ['resource'];

const admitted = new WeakMap<KoaContextWithOIDC, Assertion>();

/** By which assertion a request was answered. */
export const assertionOf = (ctx: KoaContextWithOIDC): Assertion | undefined => admitted.get(ctx);

/**
 * JWT bearer (RFC 7523 2.1): what somebody else vouches for (a CI service, a cluster) gets an access token as the client that
 * the tenant's rules say it is. No secret is kept anywhere.
 */
export function createWorkloadGrant(
  tenant: Tenant,
  deps: { clock: Clock; keys: IssuerKeys; boundGrant: BoundGrant },
): GrantHandler {
  return async (ctx) => {
    const { client, params, urlFor } = ctx.oidc;
    if (typeof params!.assertion !== 'string') throw new errors.InvalidRequest('assertion is missing');
    const tokenEndpoint = urlFor.call(ctx.oidc, 'token');
    const assertion = await verifyAssertion(tenant, params!.assertion, { ...deps, tokenEndpoint });
    const rules = rulesFor(assertion, client!.clientId);
    if (rules.length === 0) throw invalidGrant('the assertion is good, but no rule makes it this client');

    const allowed = allowedBy(tenant, ctx, rules);
    await deps.boundGrant(ctx, allowed, async (_bound, keep) => {
      // Last: an assertion is not used up by a request that is refused.
      await use(assertion);
      return keep();
    });
    admitted.set(ctx, assertion);
  };

  async function use({ issuer, claims, remaining }: Assertion): Promise<void> {
    if (!issuer.single_use || claims.jti === undefined) return;
    const key = `assertion ${sha256(JSON.stringify([issuer.issuer, claims.jti]))}`;
    if (!(await tenant.store.artifacts.once(key, remaining))) throw invalidGrant('the assertion was already used');
  }
}
