import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { loadConfig } from '../../config/load.ts';
import { SENT } from '../../outbox/outcome.ts';
import { openServices, type Services } from '../../services.ts';
import { deliveryCommand } from './delivery.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-delivery-command-'));
let id: string;

/** One services at a time: the embedded store is one process's. */
async function withServices<T>(run: (services: Services) => Promise<T>): Promise<T> {
  const services = await openServices(loadConfig());
  try {
    return await run(services);
  } finally {
    await services.close();
  }
}

beforeAll(async () => {
  Object.assign(process.env, { NODE_ENV: 'test', GATEHOUSE_DATA: folder, GATEHOUSE_URL: 'http://localhost:9' });
  id = await withServices(async ({ tenants, resolver, deliveries }) => {
    await tenants.create({ id: 'acme', name: 'Acme', settings: { signing: { algorithms: ['ES256'] } } });
    const fields = { kind: 'logout', to: 'web', subject: 'ada' } as const;
    return deliveries.add((await resolver.byId('acme'))!, { fields, data: { sid: 'the-sid' } });
  });
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function delivery(...args: string[]): Promise<string> {
  let out = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  await deliveryCommand().exitOverride().parseAsync(args, { from: 'user' });
  return out;
}

test('lists to whom and about whom, never what it says; what waits can be sent at once', async () => {
  const text = await delivery('list', 'acme');
  expect(text).toMatch(/queued +0 +logout +web +ada/);
  expect(text + (await delivery('list', 'acme', '--json'))).not.toMatch(/the-sid|sealed/);
  // Where nothing makes such requests they wait.
  await withServices(({ deliveries }) => deliveries.courier.settle());
  expect(JSON.parse(await delivery('list', 'acme', '--json'))).toMatchObject([{ id, state: 'queued', attempts: 1 }]);
  await delivery('retry', 'acme', id);
  await withServices(async ({ deliveries }) => {
    deliveries.carryBy('logout', async (_tenant, { to }, { sid }) => {
      expect([to, sid]).toEqual(['web', 'the-sid']);
      return SENT;
    });
    await deliveries.courier.settle();
  });
  expect(JSON.parse(await delivery('list', 'acme', '--json', '--state', 'sent'))).toMatchObject([{ id, attempts: 1 }]);
});
