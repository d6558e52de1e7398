import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { basic, type Client, createClient } from './client.ts';
import { cpuOf, cpuOfEndedChildren, rssOf } from './cpu.ts';
import { RESOURCE, SERVICE } from './scenario.ts';
import { type Installation, installGatehouse } from './servers.ts';
import { quantile } from './statistics.ts';
import { type Engine, startStores } from './stores.ts';
import { table } from './table.ts';
import { fail, json } from './target.ts';

export type ScaleResult = {
  tenants: number;
  active: number;
  /** CPU-milliseconds of one `gatehouse apply`, store included, for each tenant. */
  creation: { ES256: number; 'RS256 + ES256': number };
  /** Milliseconds and CPU-milliseconds from the start of the process to `/health/ready`. */
  start: { one: { ms: number; cpu: number }; all: { ms: number; cpu: number } };
  /** CPU-milliseconds of the first token of a tenant that the process has not seen. */
  firstTouch: number;
  /** Milliseconds, of the token endpoint. */
  p95: { one: number; active: number };
  /** MiB. */
  rss: number;
};

const CHUNK = 250;
/** Tenants with the default keys, whose RSA key takes most of the time of making one. */
const COLD = 100;
/** Few enough to measure the answer and not the queue. */
const WORKERS = 2;
const TOKEN_REQUEST = {
  form: { grant_type: 'client_credentials', scope: 'read', resource: RESOURCE },
  headers: basic(SERVICE),
};

/** Many tenants in one store: what it costs to make, start, wake and serve them. */
export async function scale(options: { tenants: number; engine: Engine; dir: string }): Promise<ScaleResult> {
  const active = Math.min(1000, options.tenants);
  const small = join(options.dir, 'one');
  mkdirSync(small);
  const stores = await startStores(options.engine, options.dir);
  try {
    const one = await installGatehouse(small, { bcryptCost: 10 });
    await one.apply(documentOf(['cold-0'], undefined));
    const startOne = await started(one, async () => {});

    const many = await installGatehouse(options.dir, { bcryptCost: 10, env: stores.env });
    const cold = names('cold', COLD);
    const warm = names('warm', options.tenants);
    const slow = await created(many, cold, undefined, stores.counted);
    const quick = await created(many, warm, ['ES256'], stores.counted);

    let measured: Pick<ScaleResult, 'firstTouch' | 'p95' | 'rss'> | undefined;
    const startAll = await started(many, async (pid) => {
      const pids = [pid, ...stores.counted];
      await touch(many, warm.slice(0, 50));
      const firstTouch = (await cpuFor(pids, () => touch(many, cold))) / COLD;
      const p95 = await latencies(many, warm.slice(0, active));
      measured = { firstTouch, p95, rss: rssOf(pid) };
    });
    return {
      tenants: options.tenants,
      active,
      creation: { ES256: quick, 'RS256 + ES256': slow },
      start: { one: startOne, all: startAll },
      ...measured!,
    };
  } finally {
    await stores.stop();
  }
}

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

const documentOf = (ids: string[], algorithms: string[] | undefined) => ({
  tenants: ids.map((id) => ({
    id,
    name: id,
    settings: {
      resources: [{ indicator: RESOURCE, scopes: ['read'], access_token_format: 'jwt' }],
      ...(algorithms && { signing: { algorithms } }),
    },
    clients: [SERVICE],
  })),
});

/** CPU-milliseconds for each tenant, made by the command line in files of `CHUNK`. */
async function created(to: Installation, ids: string[], algorithms: string[] | undefined, stores: number[]) {
  const spent = () => cpuOfEndedChildren() + cpuOf(stores);
  const before = spent();
  for (let at = 0; at < ids.length; at += CHUNK) {
    await to.apply(documentOf(ids.slice(at, at + CHUNK), algorithms));
    process.stderr.write(`\rtenants: ${Math.min(at + CHUNK, ids.length)} of ${ids.length}`);
  }
  process.stderr.write('\n');
  return (spent() - before) / ids.length;
}

async function started(installation: Installation, use: (pid: number) => Promise<void>) {
  const before = performance.now();
  const running = await installation.start();
  const spent = { ms: performance.now() - before, cpu: cpuOf([running.pid]) };
  try {
    await use(running.pid);
  } finally {
    await running.stop();
  }
  return spent;
}

async function cpuFor(pids: number[], work: () => Promise<void>): Promise<number> {
  const before = cpuOf(pids);
  await work();
  return cpuOf(pids) - before;
}

/** The endpoint's path is known, and not asked for: discovery would wake the tenant. */
async function token(request: Client, installation: Installation, id: string): Promise<void> {
  const { access_token } = json<{ access_token?: string }>(
    await request(`${installation.url}/t/${id}/token`, TOKEN_REQUEST),
  );
  if (access_token?.split('.').length !== 3) fail('not a JWT');
}

/** One token from each tenant, one after the other; nothing else is asked, so that it is the tenant's first request. */
async function touch(installation: Installation, ids: string[]): Promise<void> {
  const { request, close } = createClient(installation.url);
  for (const id of ids) await token(request, installation, id);
  await close();
}

/** The 95th percentile over all active tenants in turn, and over one of them, in interleaved rounds. */
async function latencies(installation: Installation, ids: string[]): Promise<ScaleResult['p95']> {
  await touch(installation, ids);
  const { request, close } = createClient(installation.url);
  const times = { one: [] as number[], active: [] as number[] };
  for (let round = 0; round < 6; round += 1) {
    for (const kind of round % 2 === 0 ? (['one', 'active'] as const) : (['active', 'one'] as const)) {
      let next = 0;
      const work = async () => {
        while (next < 2 * ids.length) {
          const id = kind === 'one' ? ids[0] : ids[next % ids.length];
          next += 1;
          const before = performance.now();
          await token(request, installation, id!);
          // The first round warms both up.
          if (round > 0) times[kind].push(performance.now() - before);
        }
      };
      await Promise.all(Array.from({ length: WORKERS }, work));
    }
  }
  await close();
  return { one: quantile(times.one, 0.95), active: quantile(times.active, 0.95) };
}

export function scaleReport(result: ScaleResult): string {
  const { creation, start, firstTouch, p95, rss } = result;
  const row = (what: string, value: number, unit: string, goal: number | undefined, digits = 1) => [
    what,
    `${value.toFixed(digits)} ${unit}`,
    goal === undefined ? '' : `${goal} ${unit}`,
    goal === undefined ? '' : value <= goal ? 'met' : 'MISSED',
  ];
  return table([
    [`${result.tenants} tenants, ${result.active} of them active`, 'measured', 'goal', ''],
    row('make a tenant with an ES256 key', creation.ES256, 'CPU-ms', 50),
    row('make a tenant with RS256 and ES256 keys', creation['RS256 + ES256'], 'CPU-ms', undefined),
    row('first token of a cold tenant (RS256)', firstTouch, 'CPU-ms', 20),
    row('token endpoint, p95, one tenant', p95.one, 'ms', undefined, 2),
    row('token endpoint, p95, all active tenants', p95.active, 'ms', undefined, 2),
    row('  ratio', p95.active / p95.one, 'x', 1.3, 2),
    row('memory (RSS) after that', rss, 'MiB', 400, 0),
    row('start with one tenant', start.one.cpu, 'CPU-ms', undefined, 0),
    row('start with all', start.all.cpu, 'CPU-ms', undefined, 0),
  ]);
}
