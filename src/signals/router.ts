import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { invalidInput, invalidToken, notFound } from '../core/errors.ts';
import { checked } from '../core/validate.ts';
import { type ApiContext, byOf, type ClientApiDeps, createClientApi, refuseOtherMethods } from '../http/client-api.ts';
import type { RequestState } from '../http/context.ts';
import { readJsonObject } from '../http/json.ts';
import { type SignalsScope, signalsAudience } from '../tenants/settings/shared-signals.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { configurationOf, transmitterOf } from './configuration.ts';
import { changedStream, newStream, pollInput, statusInput, subjectInput, verificationInput } from './input.ts';
import type { Poll } from './poll.ts';
import type { Stream } from './records.ts';
import type { Signals } from './signals.ts';

const READ: SignalsScope[] = ['ssf.read', 'ssf.manage'];
const MANAGE: SignalsScope[] = ['ssf.manage'];

const isOn = ({ settings }: Tenant) => settings.protocol.shared_signals.enabled;
const API = { audience: signalsAudience, isOn, name: 'the API for streams', refused: 'stream.refused' };

const METHODS: Record<string, string[]> = {
  '/ssf/stream': ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
  '/ssf/status': ['GET', 'POST'],
  '/ssf/subjects/add': ['POST'],
  '/ssf/subjects/remove': ['POST'],
  '/ssf/verify': ['POST'],
  '/ssf/poll/:streamId': ['POST'],
};

/** Where receivers manage their streams (SSF 1.0 8.1), and poll (RFC 8936). */
export function createSignalsRouter({
  signals,
  poll,
  ...deps
}: ClientApiDeps & { signals: Signals; poll: Poll }): Router<RequestState> {
  const { streams, subjects } = signals;
  const { callerOf: tokenOwner, guard } = createClientApi(deps, API);
  /** By its token, and by what its metadata say now. */
  const callerOf: typeof tokenOwner = async (ctx, scopes) => {
    const clientId = await tokenOwner(ctx, scopes);
    if ((await signals.receiverSince(ctx.state.tenant, clientId)) === undefined)
      throw invalidToken('the client may have no stream any more');
    return clientId;
  };
  const router = new Router<RequestState>();

  router.get('/.well-known/ssf-configuration', (ctx) => {
    const { tenant } = ctx.state;
    if (!isOn(tenant)) throw notFound('this file');
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.set('Access-Control-Allow-Origin', '*');
    ctx.body = transmitterOf(tenant);
  });

  router.use(Object.keys(METHODS), guard);

  router.get('/ssf/stream', async (ctx) => {
    const clientId = await callerOf(ctx as ApiContext, READ);
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
    const clientId = await callerOf(ctx as ApiContext, MANAGE);
    const { tenant } = ctx.state;
    const input = checked(newStream, await readJsonObject(ctx.req));
    ctx.body = configurationOf(tenant, await streams.create(tenant, clientId, input, byOf(ctx as ApiContext)));
    ctx.status = 201;
  });

  const change = (how: 'amend' | 'replace') => async (ctx: Context) => {
    const clientId = await callerOf(ctx as ApiContext, MANAGE);
    const { tenant } = (ctx as ApiContext).state;
    const input = checked(changedStream, await readJsonObject(ctx.req));
    ctx.body = configurationOf(tenant, await streams.change(tenant, clientId, input, how, byOf(ctx as ApiContext)));
  };
  router.patch('/ssf/stream', change('amend') as Middleware as never);
  router.put('/ssf/stream', change('replace') as Middleware as never);

  router.delete('/ssf/stream', async (ctx) => {
    const clientId = await callerOf(ctx as ApiContext, MANAGE);
    const { tenant } = ctx.state;
    await streams.remove(tenant, await streams.owned(tenant, clientId, neededId(ctx)), byOf(ctx as ApiContext));
    ctx.status = 204;
  });

  router.get('/ssf/status', async (ctx) => {
    const clientId = await callerOf(ctx as ApiContext, READ);
    ctx.body = statusOf(await streams.owned(ctx.state.tenant, clientId, neededId(ctx)));
  });

  router.post('/ssf/status', async (ctx) => {
    const clientId = await callerOf(ctx as ApiContext, MANAGE);
    const { tenant } = ctx.state;
    const { stream_id, status, reason } = checked(statusInput, await readJsonObject(ctx.req));
    const stream = await streams.owned(tenant, clientId, stream_id);
    ctx.body = statusOf(await streams.setStatus(tenant, stream, status, reason, byOf(ctx as ApiContext)));
  });

  const choose = (wanted: boolean) => async (ctx: Context) => {
    const clientId = await callerOf(ctx as ApiContext, MANAGE);
    const { tenant } = (ctx as ApiContext).state;
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
    const clientId = await callerOf(ctx as ApiContext, MANAGE);
    const { tenant } = ctx.state;
    const { stream_id, state } = checked(verificationInput, await readJsonObject(ctx.req));
    await signals.verify(tenant, await streams.owned(tenant, clientId, stream_id), state);
    ctx.status = 204;
  });

  router.post('/ssf/poll/:streamId', async (ctx) => {
    const clientId = await callerOf(ctx as ApiContext, READ);
    const { tenant } = ctx.state;
    const stream = await streams.owned(tenant, clientId, String(ctx.params.streamId));
    const asked = checked(pollInput, await readJsonObject(ctx.req));
    if (stream.method !== 'poll')
      throw invalidInput('the stream is pushed: its delivery method must be urn:ietf:rfc:8936');
    const gone = new AbortController();
    ctx.res.once('close', () => gone.abort());
    ctx.body = await poll(tenant, stream, asked, byOf(ctx as ApiContext), gone.signal);
  });

  refuseOtherMethods(router, METHODS);
  return router;
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
