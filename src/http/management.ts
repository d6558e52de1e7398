import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Store } from '../store/store.ts';
import type { Metrics } from './metrics.ts';

/** Answers `/health/live`, `/health/ready` and `/metrics`; false for any other path. */
export type Management = (req: IncomingMessage, res: ServerResponse) => boolean;

export function createManagement(deps: {
  store: Pick<Store, 'health'>;
  metrics: Metrics;
  isStopping: () => boolean;
  /** The text of /metrics: of this process, or of all workers. */
  metricsText: () => Promise<string>;
}): Management {
  async function ready(res: ServerResponse): Promise<void> {
    const stores = await deps.store.health();
    for (const [name, state] of Object.entries(stores)) deps.metrics.setStoreUp(name, state === 'ok');
    const isReady = !deps.isStopping() && Object.values(stores).every((state) => state === 'ok');
    const status = deps.isStopping() ? 'stopping' : isReady ? 'ok' : 'unavailable';
    json(res, isReady ? 200 : 503, { status, ...stores });
  }

  return (req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return false;
    switch (req.url) {
      case '/health/live':
        json(res, 200, { status: 'ok' });
        return true;
      case '/health/ready':
        void ready(res);
        return true;
      case '/metrics':
        void deps.metricsText().then(
          (text) => res.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
          () => json(res, 503, { status: 'unavailable' }),
        );
        return true;
      default:
        return false;
    }
  };
}

function json(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}
