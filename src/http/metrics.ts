import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus metrics. Labels are from closed sets: nothing that a caller sends, and no tenant. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time to answer, by route and status class',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const grants = new Counter({
    name: 'ciam_tokens_issued_total',
    help: 'Answers of the token endpoint, by grant type and outcome',
    labelNames: ['grant', 'outcome'],
    registers,
  });
  const events = new Counter({
    name: 'ciam_audit_events_total',
    help: 'Audit events, by type and outcome',
    labelNames: ['type', 'outcome'],
    registers,
  });
  const storeUp = new Gauge({
    name: 'ciam_store_up',
    help: '1 when the store answers',
    labelNames: ['store'],
    // Of several workers: down for one is down.
    aggregator: 'min',
    registers,
  });

  const outboxes = new Map<string, () => Promise<number>>();
  new Gauge({
    name: 'ciam_outbox_pending',
    help: 'Messages that wait for an attempt, by outbox',
    labelNames: ['outbox'],
    // Of several workers: they all see the same ones.
    aggregator: 'max',
    registers,
    async collect() {
      for (const [outbox, count] of outboxes) {
        const pending = await count().catch(() => undefined);
        // The store is away: it is not known.
        if (pending === undefined) this.remove({ outbox });
        else this.set({ outbox }, pending);
      }
    },
  });

  // Finding the series of a label set costs more than counting in it.
  const series = new Map<string, { observe(seconds: number): void }>();

  return {
    registry,
    observeRequest(route: string, status: number, seconds: number): void {
      const statusClass = `${Math.floor(status / 100)}xx`;
      const key = `${route} ${statusClass}`;
      let one = series.get(key);
      if (!one) {
        one = requests.labels(route, statusClass);
        series.set(key, one);
      }
      one.observe(seconds);
    },
    countGrant: (grant: string, outcome: string) => grants.labels(grant, outcome).inc(),
    countEvent: (type: string, outcome: string) => events.labels(type, outcome).inc(),
    /** `count` is asked whenever somebody reads the metrics. */
    watchOutbox: (name: string, count: () => Promise<number>) => void outboxes.set(name, count),
    setStoreUp: (store: string, up: boolean) => storeUp.labels(store).set(up ? 1 : 0),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
