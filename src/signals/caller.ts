import type { X509Certificate } from 'node:crypto';
import type { Context } from 'koa';
import { forbidden, invalidToken } from '../core/errors.ts';
import type { RequestState } from '../http/context.ts';
import type { ClientToken } from '../oidc/client-tokens.ts';
import { type SignalsScope, signalsAudience } from '../tenants/settings/shared-signals.ts';
import type { Tenant } from '../tenants/tenant.ts';

export type Ctx = Context & { state: RequestState & { callerId?: string } };

export type FindToken = (
  tenant: Tenant,
  token: string,
  certificate: X509Certificate | undefined,
) => Promise<ClientToken | undefined>;

/**
 * The client that calls: by a token of its own, of this tenant and for this API (RFC 6750 2.1; never in the address). Errors
 * `invalid_token`, `forbidden`.
 */
export function createCaller(deps: {
  findToken: FindToken;
  certificateOf: (ctx: Context) => X509Certificate | undefined;
}) {
  return async (ctx: Ctx, scopes: readonly SignalsScope[]): Promise<string> => {
    const { tenant } = ctx.state;
    const [, token] = /^bearer +([\w.~+/-]+=*)$/i.exec(ctx.get('Authorization')) ?? [];
    if (token === undefined) throw invalidToken('an access token is needed, in the authorization header');
    const found = await deps.findToken(tenant, token, deps.certificateOf(ctx));
    if (found?.audience !== signalsAudience(tenant))
      throw invalidToken('the access token is unknown, expired, bound to another key, or not for this API');
    ctx.state.callerId = found.clientId;
    if (!scopes.some((scope) => found.scopes.includes(scope)))
      throw forbidden(`the access token must have the scope ${scopes.join(' or ')}`);
    return found.clientId;
  };
}

export type Caller = ReturnType<typeof createCaller>;
