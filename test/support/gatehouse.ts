import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type AppDeps, createGatehouse } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { listen, listenForCertificates } from '../../src/http/server.ts';
import { openServices, type Services } from '../../src/services.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import type { TenantInput } from '../../src/tenants/tenants.ts';
import { freePort } from './ports.ts';

export type TestGatehouse = {
  url: string;
  /** Where it listens, whatever its URL says. */
  port: number;
  services: Services;
  /** Makes a tenant. */
  tenant(input: Partial<TenantInput> & { id: string }): Promise<Tenant>;
  /** What was logged so far, as text. */
  logged(): string;
  stop(): Promise<void>;
};

/** A whole Gatehouse in this process, on a free port of its own. `env` over the settings of a test; `extra`: see `AppDeps`. */
export async function startGatehouse(
  env: Record<string, string> = {},
  extra?: (services: Services) => NonNullable<AppDeps['extra']>,
): Promise<TestGatehouse> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  const port = await freePort();
  const config = loadConfig({
    NODE_ENV: 'test',
    GATEHOUSE_URL: `http://localhost:${port}`,
    PORT: String(port),
    GATEHOUSE_DATA: folder,
    GATEHOUSE_BCRYPT_COST: '4',
    GATEHOUSE_DEMO: 'false',
    ...env,
  });
  const lines: string[] = [];
  const log = pino({ level: env.LOG_LEVEL ?? 'debug' }, { write: (line) => void lines.push(line) });
  const services = await openServices(config);
  const app = createGatehouse({ services, log, metrics: createMetrics(), extra: extra?.(services) });
  const server = await listen(app.handler, { port: config.port, host: undefined });
  const withCertificates = await listenForCertificates(app.handler, config);
  services.courier.start();
  services.deliveries.courier.start();
  return {
    url: config.url,
    port,
    services,
    async tenant(input) {
      await services.tenants.create({ name: input.id, ...input });
      const tenant = await services.resolver.byId(input.id);
      if (!tenant) throw new Error(`tenant ${input.id} is not there`);
      return tenant;
    },
    logged: () => lines.join(''),
    async stop() {
      await Promise.all([server.stop(0), withCertificates?.stop(0)]);
      await services.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
