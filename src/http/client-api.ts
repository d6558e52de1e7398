import type { X509Certificate } from 'node:crypto';
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { forbidden, invalidToken, methodNotAllowed, notFound } from '../core/errors.ts';
import type { ClientToken, Presented } from '../oidc/client-tokens.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { refusalOf } from './api-refusal.ts';
import type { RequestState } from './context.ts';

/** `callerId`: the client that calls, once it is known. */
export type ApiContext = Context & { state: RequestState & { callerId?: string } };

type Event = {
  type: string;
  outcome: 'failure';
  actor?: string;
  clientId?: string;
  ip: string;
  requestId: string;
  details: Record<string, unknown>;
};

/** What APIs of the issuer that clients call for themselves have in common. */
export type ClientApiDeps = {
  findToken: (tenant: Tenant, presented: Presented) => Promise<ClientToken | undefined>;
  certificateOf: (ctx: Context) => X509Certificate | undefined;
  audit: { record(tenantId: string, event: Event): Promise<void> };
  fault: (error: Error, requestId?: string) => void;
};

/** `refused`: the audit event of a refusal; `isOn`: elsewhere the API, called `name`, is not there. */
export type ClientApi = {
  audience: (tenant: Tenant) => string;
  isOn: (tenant: Tenant) => boolean;
  name: string;
  refused: string;
};

export function createClientApi(deps: ClientApiDeps, api: ClientApi) {
  return {
    /**
     * The client that calls: by a token of its own, of this tenant and for this API (RFC 6750 2.1, RFC 9449 7.1; never in the
     * address), that has one of the scopes. Errors `invalid_token`, `forbidden`.
     */
    async callerOf(ctx: ApiContext, scopes: readonly string[]): Promise<string> {
      const { tenant } = ctx.state;
      const [, scheme, token] = /^(bearer|dpop) +([\w.~+/-]+=*)$/i.exec(ctx.get('Authorization')) ?? [];
      if (token === undefined) throw invalidToken('an access token is needed, in the authorization header');
      const dpop = isDpop(scheme) && {
        proof: ctx.get('DPoP'),
        method: ctx.method,
        url: tenant.issuer + ctx.path,
      };
      const found = await deps.findToken(tenant, {
        token,
        certificate: deps.certificateOf(ctx),
        ...(dpop && { dpop }),
      });
      if (found?.audience !== api.audience(tenant))
        throw invalidToken(
          'the access token is unknown, expired, bound to a key that the request does not prove, or not for this API',
        );
      ctx.state.callerId = found.clientId;
      if (!scopes.some((scope) => found.scopes.includes(scope)))
        throw forbidden(`the access token must have the scope ${scopes.join(' or ')}`);
      return found.clientId;
    },

    /** Each refusal is one answer, and one event. */
    guard: (async (ctx: ApiContext, next: () => Promise<void>): Promise<void> => {
      const { tenant, requestId } = ctx.state;
      ctx.set('Cache-Control', 'no-store');
      try {
        if (!api.isOn(tenant)) throw notFound(api.name);
        await next();
      } catch (error) {
        const { status, error: code, description, retryAfter, isOurs } = refusalOf(error);
        ctx.status = status;
        ctx.body = { error: code, error_description: description };
        if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter));
        if (status === 401 || status === 403) ctx.set('WWW-Authenticate', challenge(ctx, code, description));
        if (isOurs) return deps.fault(error as Error, requestId);
        const details = {
          method: ctx.method,
          path: ctx.path.slice(0, 200),
          error: code,
          reason: description.slice(0, 500),
        };
        await deps.audit.record(tenant.id, { ...byOf(ctx), type: api.refused, outcome: 'failure', details });
      }
    }) as Middleware,
  };
}

/** After all that is answered; `methods`: by path. */
export function refuseOtherMethods(router: Router<RequestState>, methods: Record<string, string[]>): void {
  for (const [path, allowed] of Object.entries(methods)) {
    router.all(path, (ctx) => {
      ctx.set('Allow', allowed.join(', '));
      throw methodNotAllowed(ctx.method, allowed);
    });
  }
}

/** Who calls, for the audit trail. */
export const byOf = ({ state: { ip, requestId, callerId } }: ApiContext) => ({
  ip,
  requestId,
  ...(callerId !== undefined && { actor: callerId, clientId: callerId }),
});

const isDpop = (scheme: string | undefined) => scheme?.toLowerCase() === 'dpop';

/** RFC 6750 3: no error code for who showed nothing. */
function challenge(ctx: ApiContext, error: string, description: string): string {
  const authorization = ctx.get('Authorization');
  const scheme = isDpop(authorization.split(' ')[0]) ? 'DPoP' : 'Bearer';
  const realm = `${scheme} realm="${ctx.state.tenant.issuer}"`;
  return authorization === '' ? realm : `${realm}, error="${error}", error_description="${description}"`;
}
