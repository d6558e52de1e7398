import { decodeJwt, type JWTPayload } from 'jose';
import type { AccessToken, Client, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider';
import { type Clock, seconds } from '../../core/clock.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { ownAccessToken } from '../own-jwt.ts';
import { subOf } from '../pairwise.ts';
import { TOKEN_PREFIX } from '../token-ids.ts';
import { TOKEN_TYPE } from '../token-types.ts';
import { clientOf, isInForce, type Origin, openOrigin, originOf } from './origin.ts';

/** Who acts for whom, the one before within (RFC 8693 4.1). */
export type Act = { sub: string; act?: Act };

/** Who a token speaks of, and what it is good for. */
export type Party = {
  type: 'access_token' | 'id_token';
  /** As the token says it. */
  sub: string;
  /** Of a user; absent where a client speaks for itself. */
  origin?: Origin;
  /** Whom it was issued to. */
  clientId: string;
  audience: string | string[] | undefined;
  scopes: ReadonlySet<string>;
  /** Seconds since the epoch. */
  expiresAt: number;
  jkt: string | undefined;
  x5t: string | undefined;
  claims: { act?: Act; may_act?: unknown; acr?: string; amr?: string[]; auth_time?: number };
};

export type ReadParty = (ctx: KoaContextWithOIDC, token: string, type: string) => Promise<Party | undefined>;

/**
 * Reads access tokens, opaque and JWT, and ID tokens of this issuer that are in force: not expired, not revoked, their session
 * and client still there. Undefined for anything else, whatever is wrong with it. Whether the user may still sign in is not
 * asked here.
 */
export function createReadParty(tenant: Tenant, clock: Clock): ReadParty {
  return async (ctx, token, type) => {
    const party = type === TOKEN_TYPE.id ? await fromIdToken(ctx, token) : await fromAccessToken(ctx, token);
    return party && party.expiresAt > seconds(clock) ? party : undefined;
  };

  function fromAccessToken(ctx: KoaContextWithOIDC, token: string): Promise<Party | undefined> {
    if (token.startsWith(TOKEN_PREFIX.AccessToken)) return fromOpaque(ctx, token);
    if (token.startsWith(TOKEN_PREFIX.ClientCredentials)) return fromClientCredentials(ctx, token);
    return fromJwt(ctx, token);
  }

  async function fromOpaque(ctx: KoaContextWithOIDC, value: string): Promise<Party | undefined> {
    const token = await ctx.oidc.provider.AccessToken.find(value);
    const client = token && (await clientOf(ctx, token.clientId!));
    if (!token || !client) return undefined;
    const { accountId, extra = {} } = token;
    const isFirst = extra.grant_ref === undefined;
    const origin = isFirst ? originOf(token) : openOrigin(tenant, extra.grant_ref);
    // At the session of a token that was not exchanged the core has looked.
    if (!origin || !(await isInForce(ctx, isFirst ? { ...origin, sessionUid: undefined } : origin))) return undefined;
    const sub = subOf(tenant, client, accountId);
    return { type: 'access_token', sub, origin, ...bodyOf(token), claims: extra };
  }

  async function fromClientCredentials(ctx: KoaContextWithOIDC, value: string): Promise<Party | undefined> {
    const token = await ctx.oidc.provider.ClientCredentials.find(value);
    if (!token || !(await clientOf(ctx, token.clientId!))) return undefined;
    return { type: 'access_token', sub: token.clientId!, ...bodyOf(token), claims: {} };
  }

  async function fromJwt(ctx: KoaContextWithOIDC, jwt: string): Promise<Party | undefined> {
    const payload = await ownAccessToken(tenant, clock, jwt);
    if (!payload) return undefined;
    const {
      sub,
      client_id,
      scope,
      cnf = {},
    } = payload as JWTPayload & { scope?: string; cnf?: Record<string, string> };
    const origin = openOrigin(tenant, payload.grant_ref);
    // A client's own token has its client_id for a `sub`, which no user's can be.
    const isLive = origin ? await isInForce(ctx, origin) : sub === client_id && (await clientOf(ctx, sub as string));
    if (!isLive) return undefined;
    return {
      type: 'access_token',
      sub: sub!,
      ...(origin && { origin }),
      clientId: client_id as string,
      audience: payload.aud,
      scopes: scopesOf(scope),
      expiresAt: payload.exp!,
      jkt: cnf.jkt,
      x5t: cnf['x5t#S256'],
      claims: payload as Party['claims'],
    };
  }

  async function fromIdToken(ctx: KoaContextWithOIDC, jwt: string): Promise<Party | undefined> {
    const found = await ownIdToken(ctx, jwt);
    const origin = openOrigin(tenant, found?.payload.grant_ref);
    if (!found || origin?.clientId !== found.client.clientId || !(await isInForce(ctx, origin))) return undefined;
    const { sub, exp } = found.payload;
    return {
      type: 'id_token',
      sub: sub!,
      origin,
      clientId: found.client.clientId,
      audience: undefined,
      scopes: new Set(),
      expiresAt: exp!,
      jkt: undefined,
      x5t: undefined,
      claims: found.payload as Party['claims'],
    };
  }
}

/** An ID token that this issuer has signed for a client it still has, expired or not; else undefined. */
export async function ownIdToken(
  ctx: KoaContextWithOIDC,
  jwt: string,
): Promise<{ payload: JWTPayload; client: Client } | undefined> {
  const aud = audienceOf(jwt);
  const client = aud === undefined ? undefined : await clientOf(ctx, aud);
  if (!client) return undefined;
  // The core tells a bad token by any error whatever.
  const found = await ctx.oidc.provider.IdToken.validate(jwt, client).catch(() => undefined);
  const payload = found?.payload as JWTPayload | undefined;
  // Other JWTs by the same keys (logout tokens, introspection) say their type.
  const isIdToken = /^jwt$/i.test(String(found?.header.typ ?? 'JWT')) && payload?.exp !== undefined;
  return isIdToken && typeof payload.sub === 'string' ? { payload, client } : undefined;
}

function audienceOf(jwt: string): string | undefined {
  try {
    const { aud } = decodeJwt(jwt);
    return typeof aud === 'string' ? aud : undefined;
  } catch {
    return undefined;
  }
}

const bodyOf = (token: AccessToken | ClientCredentials) => ({
  clientId: token.clientId!,
  audience: token.aud,
  scopes: token.scopes,
  expiresAt: token.exp!,
  jkt: token.jkt,
  x5t: token['x5t#S256'],
});

const scopesOf = (scope: string | undefined): Set<string> => new Set(scope?.split(' ').filter(Boolean));
