import { type ClientCredentials, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { type Clock, seconds } from '../../core/clock.ts';
import { isError } from '../../core/errors.ts';
import { sha256 } from '../../core/hashing.ts';
import { randomSecret } from '../../core/ids.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { resourceOf } from '../resources.ts';
import type { Acting } from './actor.ts';
import { sealOrigin } from './origin.ts';
import type { Party } from './party.ts';

/** An exchange that is allowed, save for what the core checks: proof and certificate. */
export type Exchange = {
  subject: Party;
  acting: Acting;
  resource: string;
  /** Seconds that the token may live. */
  maxTtl: number;
  /** Whose keys have to be proven, where they are bound to one. */
  toProve: Party[];
};

const underWay = new WeakMap<KoaContextWithOIDC, Exchange>();

/** The exchange that a request is, once it is allowed. */
export const exchangeOf = (ctx: KoaContextWithOIDC | undefined): Exchange | undefined => ctx && underWay.get(ctx);
export const allowExchange = (ctx: KoaContextWithOIDC, exchange: Exchange): unknown => underWay.set(ctx, exchange);

/** Issues what an exchange gives: with the resource, scope and bindings of `bound`, and speaking of the user. */
export function createIssue(tenant: Tenant, clock: Clock) {
  return async (ctx: KoaContextWithOIDC, exchange: Exchange, bound: ClientCredentials): Promise<string> => {
    const { subject } = exchange;
    refuseUnproven(exchange, bound);
    const origin = subject.origin!;
    const token = new ctx.oidc.provider.AccessToken({
      client: ctx.oidc.client!,
      accountId: origin.accountId,
      grantId: origin.grantId,
      gty: 'token_exchange',
      resourceServer: bound.resourceServer,
      scope: bound.scope,
      jkt: bound.jkt,
      'x5t#S256': bound['x5t#S256'],
    });
    const ttl = Math.min(token.expiration, exchange.maxTtl, subject.expiresAt - seconds(clock));
    for (const each of [token, bound]) Object.assign(each, { expiresIn: ttl });
    if (resourceOf(tenant, exchange.resource)?.access_token_format === 'opaque')
      token.grantId = await grantFor(exchange, ctx.oidc.client!.clientId, ttl);
    ctx.oidc.entity('AccessToken', token);
    return token.save();
  };

  /**
   * What is looked up is good as long as its client has a grant (the core's introspection asks for it). This one names the
   * user's grant as its own, and is gone with that.
   */
  async function grantFor({ subject }: Exchange, clientId: string, ttl: number): Promise<string> {
    const { accountId, grantId } = subject.origin!;
    const id = randomSecret();
    const now = seconds(clock);
    const grant = { kind: 'Grant', iat: now, exp: now + ttl, accountId, clientId, grantId };
    await tenant.store.artifacts.put('Grant', sha256(id), grant, ttl).catch((error) => {
      if (isError(error, 'grant_revoked')) throw new errors.InvalidRequest('subject_token was revoked');
      throw error;
    });
    return id;
  }
}

function refuseUnproven({ toProve }: Exchange, bound: ClientCredentials): void {
  const isProven = ({ jkt, x5t }: Party) => (!jkt || jkt === bound.jkt) && (!x5t || x5t === bound['x5t#S256']);
  if (!toProve.every(isProven)) throw new errors.InvalidRequest('a token is bound to a key that was not proven');
}

/** What the new token says beside the usual: who acts, how the user signed in, where it comes from. */
export function exchangedClaims(tenant: Tenant, { subject, acting }: Exchange): Record<string, unknown> {
  const { acr, amr, auth_time, may_act } = subject.claims;
  const claims = { act: acting.act, acr, amr, auth_time, may_act, grant_ref: sealOrigin(tenant, subject.origin!) };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}
