import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JWTPayload, errors as jose, jwtVerify } from 'jose';
import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../../core/clock.ts';
import { protocolOf } from '../../tenants/settings/protocol.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { asymmetricAlgs } from '../features/algorithms.ts';
import { countUnknown } from './limits.ts';

/** Whom a client means (CIBA Core 7.1): by a name that users type, or by a JWT of its own. */
export type Hints = {
  fromLoginHint(ctx: KoaContextWithOIDC, hint: string): Promise<string>;
  fromLoginHintToken(ctx: KoaContextWithOIDC, token: string): Promise<string>;
};

export type HintDeps = {
  clock: Clock;
  fetch: typeof globalThis.fetch;
  /** The account of an e-mail address or username, whatever its state. */
  findByIdentifier: (tenant: Tenant, typed: string) => Promise<{ id: string } | undefined>;
};

/** Seconds that clocks may differ by. */
const SKEW = 10;

export function createHints(tenant: Tenant, deps: HintDeps): Hints {
  const algorithms = [...asymmetricAlgs(protocolOf(tenant.settings))];
  const keySets = new WeakMap<object, ReturnType<typeof createLocalJWKSet>>();

  async function fromLoginHint(ctx: KoaContextWithOIDC, hint: string): Promise<string> {
    const user = await deps.findByIdentifier(tenant, hint);
    if (user) return user.id;
    await countUnknown(tenant, ctx);
    throw unknownUser();
  }

  return {
    fromLoginHint,

    async fromLoginHintToken(ctx, token) {
      const { sub_id, sub } = await verified(ctx, token);
      const { format, email, iss, sub: subOfIssuer } = (sub_id ?? {}) as Record<string, unknown>;
      // RFC 9493 3.2.2, 3.2.3; without it the `sub` that we have told the client.
      if (format === 'email' && typeof email === 'string') return fromLoginHint(ctx, email);
      if (format === 'iss_sub' && iss === tenant.issuer && typeof subOfIssuer === 'string') return subOfIssuer;
      if (sub_id === undefined && typeof sub === 'string') return sub;
      throw new errors.InvalidRequest(
        'the login_hint_token must name its user by sub_id (format email or iss_sub) or sub',
      );
    },
  };

  async function verified(ctx: KoaContextWithOIDC, token: string): Promise<JWTPayload> {
    const client = ctx.oidc.client!;
    const keys = keysOf(client);
    if (!keys) throw new errors.InvalidRequest('a login_hint_token needs a key of the client: jwks or jwks_uri');
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer: client.clientId,
        audience: tenant.issuer,
        algorithms,
        requiredClaims: ['exp'],
        clockTolerance: SKEW,
        currentDate: new Date(deps.clock()),
      });
      // RFC 8725 3.11: what the client has signed for something else says its type, or has none of these claims.
      if (!/^(jwt|login-hint\+jwt)$/i.test(protectedHeader.typ ?? 'JWT')) throw new jose.JWTInvalid('of another type');
      return payload;
    } catch (error) {
      if (error instanceof jose.JWTExpired) throw new errors.ExpiredLoginHintToken();
      if (!(error instanceof jose.JOSEError)) throw error;
      throw new errors.InvalidRequest('the login_hint_token is not valid', undefined, { cause: error } as never);
    }
  }

  function keysOf(client: Client): ReturnType<typeof createLocalJWKSet> | undefined {
    let keys = keySets.get(client);
    if (!keys && client.jwks) keys = createLocalJWKSet(client.jwks as never);
    if (!keys && client.jwksUri)
      keys = createRemoteJWKSet(new URL(client.jwksUri), { [customFetch]: deps.fetch as never }) as never;
    if (keys) keySets.set(client, keys);
    return keys;
  }
}

const unknownUser = () => new errors.UnknownUserId('could not identify end-user');
