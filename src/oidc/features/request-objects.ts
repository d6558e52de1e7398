import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { type Clock, seconds } from '../../core/clock.ts';
import { sha256 } from '../../core/hashing.ts';
import { isFapi, protocolOf } from '../../tenants/settings/protocol.ts';
import type { Tenant } from '../../tenants/tenant.ts';

type Claims = { exp?: number; nbf?: number; jti?: string };
type Feature = NonNullable<NonNullable<Configuration['features']>['requestObjects']>;

/** Seconds that a signed request may be good for (FAPI 1.0 Advanced 5.2.2 clause 13, FAPI 2.0 Message Signing 5.3.1). */
const MAX_FAPI = 3600;
/** Clocks differ, and the core allows for it: a mark outlives its request. */
const LEEWAY = 60;

/**
 * Signed requests (RFC 9101). But in `compat` each ends some time, and one with a `jti` is good once: who sees the address of
 * another's request cannot begin with it again.
 */
export function requestObjects(tenant: Tenant, clock: Clock): Feature {
  const protocol = protocolOf(tenant.settings);

  async function assertClaims(ctx: KoaContextWithOIDC, claims: Claims): Promise<void> {
    const { route, params, entities, client } = ctx.oidc;
    const isBackchannel = route === 'backchannel_authentication';
    require(claims, isFapi(protocol) ? ['exp', 'aud', 'nbf'] : protocol.profile === 'compat' ? [] : ['exp']);
    if (isBackchannel) require(claims, ['exp', 'iat', 'nbf', 'jti']);
    const { exp, nbf, jti } = claims;
    if (isFapi(protocol) && !(exp! > nbf! && exp! - nbf! <= MAX_FAPI))
      throw new errors.InvalidRequestObject("Request Object 'exp' claim too far from 'nbf' claim");

    // Of a pushed one it is asked again when it is used; signed backchannel requests are counted by themselves.
    if (isBackchannel || entities.PushedAuthorizationRequest || protocol.profile === 'compat' || !jti) return;
    // By what is signed: its signature can be written in more than one way, and other text would burn what it is not.
    const signed = String(params!.request).split('.', 2).join('.');
    const key = `request object ${client?.clientId} ${sha256(signed)}`;
    const isFirst = await tenant.store.artifacts.once(key, Math.max(exp! - seconds(clock), 0) + LEEWAY);
    if (!isFirst) throw new errors.InvalidRequestObject('the request object must only be used once');
  }

  return { enabled: true, assertJwtClaimsAndHeader: assertClaims } as Feature;
}

function require(claims: object, names: string[]): void {
  for (const name of names)
    if (!(name in claims)) throw new errors.InvalidRequestObject(`Request Object is missing the '${name}' claim`);
}
