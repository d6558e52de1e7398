import cluster from 'node:cluster';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import { createGatehouse } from './app.ts';
import { banner } from './banner.ts';
import type { Config } from './config/load.ts';
import { unknownSetting } from './config/unknown.ts';
import { createDemo } from './demo/demo.ts';
import { type Demo, prepareDemo } from './demo-tenant.ts';
import { createLog } from './http/log.ts';
import { createMetrics } from './http/metrics.ts';
import { listen, listenForCertificates } from './http/server.ts';
import { startMaintenance } from './maintenance.ts';
import { openServices } from './services.ts';
import { shareMetrics, supervise } from './workers.ts';

/** Runs until a signal stops it. Errors of the start are thrown, and nothing is left open. */
export async function start(given: Config): Promise<void> {
  const workers = given.workers === 'auto' ? availableParallelism() : given.workers;
  if (workers > 1 && cluster.isPrimary) return supervise(given, workers);
  await serve(given);
}

async function serve(config: Config): Promise<void> {
  const { log, flush } = createLog(config.logLevel);
  const metrics = createMetrics();
  const services = await openServices(config, {
    warn: (message) => log.warn(message),
    fault: (err) => log.error({ err }, 'a message could not be delivered'),
    onEvent(tenant, event) {
      metrics.countEvent(event.type, event.outcome);
      log.info({ tenant, ...event }, 'audit');
    },
  });
  try {
    const demo = config.demo ? await prepareDemo(services) : undefined;
    const app = createGatehouse({
      services,
      log,
      metrics,
      extra: demoHandler(demo, log.error.bind(log)),
      ...(cluster.isWorker && { metricsText: shareMetrics(metrics.registry) }),
    });
    const server = await listen(app.handler, config);
    const management =
      config.managementPort === undefined
        ? undefined
        : await listen((req, res) => void (app.management(req, res) || res.writeHead(404).end()), {
            port: config.managementPort,
            host: config.host,
          });
    const withCertificates = await listenForCertificates(app.handler, config);
    services.courier.start();
    services.deliveries.courier.start();
    const stopMaintenance = startMaintenance(services, log);
    const isFirst = !cluster.isWorker || cluster.worker?.id === 1;
    if (isFirst) for (const name of config.unknown) log.warn(unknownSetting(name));
    log.info({ port: server.port, url: config.url }, 'listening');
    if (demo && isFirst) console.log(banner(demo, config.inbox !== 'off'));

    onStop(async (signal) => {
      log.info({ signal }, 'stopping');
      app.stopping();
      stopMaintenance();
      // Who stops it by hand (SIGINT) waits for no balancer.
      await Promise.all([
        ...[server, withCertificates].map((listening) =>
          listening?.stop(config.shutdownGrace, signal === 'SIGTERM' ? config.shutdownDrain : 0),
        ),
        services.courier.stop(),
        services.deliveries.courier.stop(),
      ]);
      await management?.stop(1);
      await services.close();
      flush();
    });
    process.on('uncaughtException', (err) => {
      log.fatal({ err }, 'uncaught exception');
      flush();
      process.exit(1);
    });
  } catch (error) {
    await services.close();
    flush();
    throw error;
  }
}

/** The first of the signals ends the process, once `stop` is done. */
function onStop(stop: (signal: NodeJS.Signals) => Promise<void>): void {
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, async () => {
      if (isStopping) return;
      isStopping = true;
      await stop(signal);
      process.exit(0);
    });
  }
}

type Handler = (req: IncomingMessage, res: ServerResponse) => boolean;

/** `/demo` and, for who comes without knowing where to go, `/`. */
function demoHandler(demo: Demo | undefined, fault: (error: unknown) => void): Handler {
  if (!demo) return () => false;
  const handle = createDemo(demo);
  return (req, res) => {
    const path = (req.url ?? '/').split('?', 1)[0]!;
    if (path === '/') {
      res.writeHead(303, { location: '/demo' }).end();
      return true;
    }
    if (path !== '/demo' && !path.startsWith('/demo/')) return false;
    handle(req, res).catch((error) => {
      fault(error);
      res.destroy();
    });
    return true;
  };
}
