import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Audit } from '../audit/audit.ts';
import { invalidInput, methodNotAllowed, notFound } from '../core/errors.ts';
import { checked } from '../core/validate.ts';
import type { RequestState } from '../http/context.ts';
import { readJsonObject } from '../http/json.ts';
import type { SignalsScope } from '../tenants/settings/shared-signals.ts';
import { type Caller, type Ctx, createCaller, type FindToken } from './caller.ts';
import { configurationOf, transmitterOf } from './configuration.ts';
import { changedStream, newStream, pollInput, statusInput, subjectInput, verificationInput } from './input.ts';
import type { Poll } from './poll.ts';
import type { Stream } from './records.ts';
import { refusalOf } from './refusal.ts';
import type { Signals } from './signals.ts';
import type { By } from './streams.ts';

const READ: SignalsScope[] = ['ssf.read', 'ssf.manage'];
const MANAGE: SignalsScope[] = ['ssf.manage'];

const METHODS: Record<string, string[]> = {
  '/ssf/stream': ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
  '/ssf/status': ['GET', 'POST'],
  '/ssf/subjects/add': ['POST'],
  '/ssf/subjects/remove': ['POST'],
  '/ssf/verify': ['POST'],
  '/ssf/poll/:streamId': ['POST'],
};

/** Where receivers manage their streams (SSF 1.0 8.1), and poll (RFC 8936). */
export function createSignalsRouter(deps: {
  signals: Signals;
  poll: Poll;
  findToken: FindToken;
  certificateOf: Parameters<typeof createCaller>[0]['certificateOf'];
  audit: Pick<Audit, 'record'>;
  fault: (error: Error, requestId?: string) => void;
}): Router<RequestState> {
  const { signals, poll } = deps;
  const { streams, subjects } = signals;
  const callerOf: Caller = createCaller(deps);
  const router = new Router<RequestState>();

  router.get('/.well-known/ssf-configuration', (ctx) => {
    const { tenant } = ctx.state;
    if (!tenant.settings.protocol.shared_signals.enabled) throw notFound('this file');
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.set('Access-Control-Allow-Origin', '*');
    ctx.body = transmitterOf(tenant);
  });

  router.use(Object.keys(METHODS), ((ctx: Ctx, next: () => Promise<void>) => refused(ctx, next)) as Middleware);

  router.get('/ssf/stream', async (ctx) => {
    const clientId = await callerOf(ctx as Ctx, READ);
    const { tenant } = ctx.state;
    const id = queryId(ctx);
    if (id !== undefined) {
      ctx.body = configurationOf(tenant, await streams.owned(tenant, clientId, id));
      return;
    }
    const stream = await streams.ofClient(tenant, clientId);
    ctx.body = stream ? [configurationOf(tenant, stream)] : [];
  });

  router.post('/ssf/stream', async (ctx) => {
    const clientId = await callerOf(ctx as Ctx, MANAGE);
    const { tenant } = ctx.state;
    const input = checked(newStream, await readJsonObject(ctx.req));
    ctx.body = configurationOf(tenant, await streams.create(tenant, clientId, input, byOf(ctx as Ctx)));
    ctx.status = 201;
  });

  const change = (how: 'amend' | 'replace') => async (ctx: Context) => {
    const clientId = await callerOf(ctx as Ctx, MANAGE);
    const { tenant } = (ctx as Ctx).state;
    const input = checked(changedStream, await readJsonObject(ctx.req));
    ctx.body = configurationOf(tenant, await streams.change(tenant, clientId, input, how, byOf(ctx as Ctx)));
  };
  router.patch('/ssf/stream', change('amend') as Middleware as never);
  router.put('/ssf/stream', change('replace') as Middleware as never);

  router.delete('/ssf/stream', async (ctx) => {
    const clientId = await callerOf(ctx as Ctx, MANAGE);
    const { tenant } = ctx.state;
    await streams.remove(tenant, await streams.owned(tenant, clientId, neededId(ctx)), byOf(ctx as Ctx));
    ctx.status = 204;
  });

  router.get('/ssf/status', async (ctx) => {
    const clientId = await callerOf(ctx as Ctx, READ);
    ctx.body = statusOf(await streams.owned(ctx.state.tenant, clientId, neededId(ctx)));
  });

  router.post('/ssf/status', async (ctx) => {
    const clientId = await callerOf(ctx as Ctx, MANAGE);
    const { tenant } = ctx.state;
    const { stream_id, status, reason } = checked(statusInput, await readJsonObject(ctx.req));
    const stream = await streams.owned(tenant, clientId, stream_id);
    ctx.body = statusOf(await streams.setStatus(tenant, stream, status, reason, byOf(ctx as Ctx)));
  });

  const choose = (wanted: boolean) => async (ctx: Context) => {
    const clientId = await callerOf(ctx as Ctx, MANAGE);
    const { tenant } = (ctx as Ctx).state;
    const { stream_id, subject } = checked(subjectInput, await readJsonObject(ctx.req));
    await streams.owned(tenant, clientId, stream_id);
    const { iss, sub } = subject.format === 'complex' ? subject.user : subject;
    if (iss !== tenant.issuer) throw notFound('a user by this subject');
    await subjects.choose(tenant, clientId, sub, wanted);
    ctx.status = wanted ? 200 : 204;
    if (wanted) ctx.body = '';
  };
  router.post('/ssf/subjects/add', choose(true) as Middleware as never);
  router.post('/ssf/subjects/remove', choose(false) as Middleware as never);

  router.post('/ssf/verify', async (ctx) => {
    const clientId = await callerOf(ctx as Ctx, MANAGE);
    const { tenant } = ctx.state;
    const { stream_id, state } = checked(verificationInput, await readJsonObject(ctx.req));
    await signals.verify(tenant, await streams.owned(tenant, clientId, stream_id), state);
    ctx.status = 204;
  });

  router.post('/ssf/poll/:streamId', async (ctx) => {
    const clientId = await callerOf(ctx as Ctx, READ);
    const { tenant } = ctx.state;
    const stream = await streams.owned(tenant, clientId, String(ctx.params.streamId));
    const asked = checked(pollInput, await readJsonObject(ctx.req));
    if (stream.method !== 'poll')
      throw invalidInput('the stream is pushed: its delivery method must be urn:ietf:rfc:8936');
    const gone = new AbortController();
    ctx.res.once('close', () => gone.abort());
    ctx.body = await poll(tenant, stream, asked, byOf(ctx as Ctx), gone.signal);
  });

  for (const [path, methods] of Object.entries(METHODS)) {
    router.all(path, (ctx) => {
      ctx.set('Allow', methods.join(', '));
      throw methodNotAllowed(ctx.method, methods);
    });
  }
  return router;

  /** Each refusal is one answer, and one event. */
  async function refused(ctx: Ctx, next: () => Promise<void>): Promise<void> {
    const { tenant, requestId } = ctx.state;
    ctx.set('Cache-Control', 'no-store');
    try {
      if (!tenant.settings.protocol.shared_signals.enabled) throw notFound('the API for streams');
      await next();
    } catch (error) {
      const { status, error: code, description, retryAfter, isOurs } = refusalOf(error);
      ctx.status = status;
      ctx.body = { error: code, error_description: description };
      if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter));
      if (status === 401 || status === 403) ctx.set('WWW-Authenticate', challenge(ctx, code, description));
      if (isOurs) {
        deps.fault(error as Error, requestId);
        return;
      }
      await deps.audit.record(tenant.id, {
        ...byOf(ctx),
        type: 'stream.refused',
        outcome: 'failure',
        details: { method: ctx.method, path: ctx.path.slice(0, 200), error: code, reason: description.slice(0, 500) },
      });
    }
  }
}

const statusOf = ({ id, status, reason }: Stream) => ({
  stream_id: id,
  status,
  ...(reason !== undefined && { reason }),
});

function queryId(ctx: { query: Record<string, unknown> }): string | undefined {
  const { stream_id } = ctx.query;
  if (stream_id === undefined) return undefined;
  if (typeof stream_id !== 'string' || stream_id === '' || stream_id.length > 100)
    throw invalidInput('stream_id must be the id of one stream');
  return stream_id;
}

function neededId(ctx: { query: Record<string, unknown> }): string {
  const id = queryId(ctx);
  if (id === undefined) throw invalidInput('stream_id is missing from the query');
  return id;
}

/** RFC 6750 3: no error code for who showed nothing. */
function challenge(ctx: Ctx, error: string, description: string): string {
  const realm = `Bearer realm="${ctx.state.tenant.issuer}"`;
  return ctx.get('Authorization') === '' ? realm : `${realm}, error="${error}", error_description="${description}"`;
}

function byOf({ state: { ip, requestId, callerId } }: Ctx): By & { clientId?: string } {
  return { ip, requestId, ...(callerId !== undefined && { actor: callerId, clientId: callerId }) };
}
