import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Audit } from '../audit/audit.ts';
import type { Registrations } from '../clients/registration/registrations.ts';
import { invalidToken, methodNotAllowed, notFound } from '../core/errors.ts';
import type { RequestState } from '../http/context.ts';
import { readJsonObject } from '../http/json.ts';
import { limitRegistrations } from './limit.ts';
import { refusalOf } from './refusal.ts';

type Ctx = Context & { state: RequestState };

const PATHS = { '/reg': ['POST'], '/reg/:clientId': ['GET', 'PUT', 'DELETE'] };

/** Where clients register themselves (RFC 7591, OpenID Connect Dynamic Client Registration 1.0), and manage that (RFC 7592). */
export function createRegistrar(deps: {
  registrations: Registrations;
  audit: Pick<Audit, 'record'>;
  fault: (error: Error, requestId?: string) => void;
}): Router<RequestState> {
  const { registrations } = deps;
  const router = new Router<RequestState>();
  router.use(Object.keys(PATHS), answerJson as Middleware, (ctx, next) => refused(ctx as Ctx, next));

  router.post('/reg', async (ctx) => {
    const { tenant } = ctx.state;
    const token = bearer(ctx);
    if (token === undefined) await limitRegistrations(tenant, ctx.state.ip);
    const asked = await readJsonObject(ctx.req);
    ctx.body = await registrations.register(tenant, asked, { ...callerOf(ctx), token });
    ctx.status = 201;
  });

  router.get('/reg/:clientId', async (ctx) => {
    ctx.body = await registrations.read(ctx.state.tenant, clientId(ctx), needed(ctx));
  });

  router.put('/reg/:clientId', async (ctx) => {
    const token = needed(ctx);
    const asked = await readJsonObject(ctx.req);
    ctx.body = await registrations.update(ctx.state.tenant, clientId(ctx), token, asked, callerOf(ctx));
  });

  router.delete('/reg/:clientId', async (ctx) => {
    await registrations.remove(ctx.state.tenant, clientId(ctx), needed(ctx), callerOf(ctx));
    ctx.status = 204;
  });

  for (const [path, methods] of Object.entries(PATHS)) {
    router.options(path, (ctx) => {
      ctx.set('Access-Control-Allow-Methods', methods.join(', '));
      ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type');
      ctx.set('Access-Control-Max-Age', '3600');
      ctx.status = 204;
    });
    router.all(path, (ctx) => {
      ctx.set('Allow', [...methods, 'OPTIONS'].join(', '));
      throw methodNotAllowed(ctx.method, methods);
    });
  }
  return router;

  /** Each refusal is one answer, and one event. */
  async function refused(ctx: Ctx, next: () => Promise<void>): Promise<void> {
    const { tenant, requestId } = ctx.state;
    try {
      if (tenant.settings.protocol.client_registration.mode === 'off') throw notFound('client registration');
      await next();
    } catch (error) {
      const { status, error: code, description, retryAfter } = refusalOf(error);
      ctx.status = status;
      ctx.body = { error: code, error_description: description };
      if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter));
      if (status === 401) ctx.set('WWW-Authenticate', challenge(ctx, code, description));
      if (status >= 500) {
        deps.fault(error as Error, requestId);
        return;
      }
      const id = ctx.params?.clientId as string | undefined;
      await deps.audit.record(tenant.id, {
        ...callerOf(ctx),
        type: 'client.registration_refused',
        outcome: 'failure',
        ...(id !== undefined && { target: id.slice(0, 200) }),
        details: { error: code, reason: description },
      });
    }
  }
}

/** Anybody may call from a browser: no cookie counts here. The origin `null` is nobody's, and so anybody's. */
async function answerJson(ctx: Context, next: () => Promise<void>): Promise<void> {
  const origin = ctx.get('Origin');
  ctx.set('Cache-Control', 'no-store');
  if (origin && origin !== 'null') {
    ctx.set('Access-Control-Allow-Origin', '*');
    ctx.set('Access-Control-Expose-Headers', 'WWW-Authenticate');
  }
  ctx.vary('Origin');
  await next();
}

/** RFC 6750 2.1. Undefined where no token is shown. Error `invalid_token` for another scheme. */
function bearer(ctx: Context): string | undefined {
  const header = ctx.get('Authorization');
  if (header === '') return undefined;
  const [, token] = /^bearer +([\w.~+/-]+=*)$/i.exec(header) ?? [];
  if (token === undefined) throw invalidToken('the authorization header must hold a bearer token');
  return token;
}

function needed(ctx: Context): string {
  const token = bearer(ctx);
  if (token === undefined) throw invalidToken('the registration access token is needed');
  return token;
}

/** RFC 6750 3: no error code for who showed nothing. */
function challenge(ctx: Ctx, error: string, description: string): string {
  const realm = `Bearer realm="${ctx.state.tenant.issuer}"`;
  return ctx.get('Authorization') === '' ? realm : `${realm}, error="${error}", error_description="${description}"`;
}

const clientId = (ctx: Context): string => (ctx as unknown as { params: { clientId: string } }).params.clientId;

const callerOf = ({ state: { ip, requestId } }: { state: RequestState }) => ({ ip, requestId });
