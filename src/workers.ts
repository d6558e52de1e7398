import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';
import type { Config } from './config/load.ts';
import { prepareDemo } from './demo-tenant.ts';
import { openServices } from './services.ts';

const METRICS_REQUEST = 'gatehouse metrics?';
/** `null`: a worker did not tell its part. */
type MetricsAnswer = { gatehouseMetrics: string | null };

/** The primary process: it serves nothing itself. It starts the workers, replaces dead ones, and sums up their metrics. */
export async function supervise(config: Config, count: number): Promise<void> {
  // What is made once (files, schema, demo) is made before there are two who might.
  const services = await openServices(config);
  try {
    if (config.demo) await prepareDemo(services);
  } finally {
    await services.close();
  }

  const metrics = new AggregatorRegistry();
  let isStopping = false;
  const fork = () => {
    const worker = cluster.fork();
    worker.on('message', (message) => {
      if (message === METRICS_REQUEST) void answer(worker);
    });
  };
  const answer = async (worker: Worker) => {
    const text = await metrics.clusterMetrics().catch(() => null);
    worker.send({ gatehouseMetrics: text } satisfies MetricsAnswer);
  };
  for (let i = 0; i < count; i += 1) fork();

  const startedAt = Date.now();
  cluster.on('exit', (worker, code) => {
    const others = Object.keys(cluster.workers ?? {}).length;
    if (isStopping) {
      if (others === 0) process.exit(0);
      return;
    }
    // One that never came up would not come up the next time either.
    if (Date.now() - startedAt < 5000 && code !== 0) process.exit(code || 1);
    console.error(`worker ${worker.process.pid} ended with ${code}; a new one is started`);
    setTimeout(fork, 500);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      isStopping = true;
      for (const worker of Object.values(cluster.workers ?? {})) worker?.kill(signal);
    });
  }
}

/** In a worker: tells the primary its metrics when asked. Returns what asks for the metrics of all workers together. */
export function shareMetrics(registry: Registry): () => Promise<string> {
  AggregatorRegistry.setRegistries(registry);
  new AggregatorRegistry();
  return askPrimary;
}

function askPrimary(): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(reject, new Error('no answer')), 5000);
    const onMessage = (message: unknown) => {
      if (!isAnswer(message)) return;
      if (message.gatehouseMetrics === null) done(reject, new Error('a worker did not answer'));
      else done(resolve, message.gatehouseMetrics);
    };
    const done = <T>(settle: (value: T) => void, value: T) => {
      clearTimeout(timer);
      process.off('message', onMessage);
      settle(value);
    };
    process.on('message', onMessage);
    process.send?.(METRICS_REQUEST);
  });
}

const isAnswer = (message: unknown): message is MetricsAnswer =>
  typeof message === 'object' && message !== null && 'gatehouseMetrics' in message;
