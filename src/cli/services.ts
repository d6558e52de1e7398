import { loadConfig } from '../config/load.ts';
import type { Services } from '../services.ts';

/** Runs with the services open. Warnings go to stderr; the audit trail names `cli`. */
export async function withServices<T>(run: (services: Services) => Promise<T>): Promise<T> {
  const config = loadConfig();
  // Takes most of the time of a start: not for --help, nor for a typing error.
  const { openServices } = await import('../services.ts');
  const services = await openServices(config, {
    actor: 'cli',
    warn: (message) => console.error(`warning: ${message}`),
  });
  try {
    return await run(services);
  } finally {
    await services.close();
  }
}
