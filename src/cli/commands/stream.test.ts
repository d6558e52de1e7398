import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { receiverClient } from '../../../test/support/signals-stage.ts';
import { loadConfig } from '../../config/load.ts';
import { openServices, type Services } from '../../services.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { streamCommand } from './stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-stream-command-'));

/** One services at a time: the embedded store is one process's. */
async function withServices<T>(run: (services: Services, acme: Tenant) => Promise<T>): Promise<T> {
  const services = await openServices(loadConfig());
  try {
    return await run(services, (await services.resolver.byId('acme'))!);
  } finally {
    await services.close();
  }
}

beforeAll(async () => {
  Object.assign(process.env, { NODE_ENV: 'test', GATEHOUSE_DATA: folder, GATEHOUSE_URL: 'http://localhost:9' });
  const protocol = { shared_signals: { enabled: true } };
  const services = await openServices(loadConfig());
  await services.tenants.create({
    id: 'acme',
    name: 'Acme',
    settings: { signing: { algorithms: ['ES256'] }, protocol },
  });
  await services.close();
  await withServices(async ({ clients, signals }, acme) => {
    await clients.create(acme, receiverClient('shop'));
    const authorization_header = 'Bearer planted-push-secret';
    const delivery = {
      method: 'urn:ietf:rfc:8935',
      endpoint_url: 'https://shop.example/e',
      authorization_header,
    } as const;
    await signals.streams.create(acme, 'shop', { delivery }, {});
  });
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function stream(...args: string[]): Promise<string> {
  let out = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  await streamCommand().exitOverride().parseAsync(args, { from: 'user' });
  return out;
}

test('lists and shows streams, never by what their receivers know us', async () => {
  expect(await stream('list', 'acme')).toMatch(/shop +enabled +https:\/\/shop\.example\/e +0/);
  const shown = await stream('show', 'acme', 'shop', '--json');
  expect(JSON.parse(shown)).toMatchObject({ aud: 'shop', status: 'enabled', waiting: 0 });
  expect(shown + (await stream('show', 'acme', 'shop'))).not.toMatch(/planted|authorization/);
});

test('changes the status, which its receiver is to be told', async () => {
  const after = await stream('status', 'acme', 'shop', 'paused', '--reason', 'maintenance', '--json');
  expect(JSON.parse(after)).toMatchObject({ status: 'paused', reason: 'maintenance', waiting: 1 });
  await withServices(async ({ deliveries, audit }, acme) => {
    expect((await deliveries.list(acme)).items).toMatchObject([{ kind: 'signal', to: 'shop', state: 'queued' }]);
    const where = { field: 'type', equals: 'stream.status_changed' };
    expect((await audit.find('acme', { where })).items).toMatchObject([{ actor: 'cli', target: 'shop' }]);
  });
});

test('deletes a stream; of one that is not there it says so', async () => {
  await stream('delete', 'acme', 'shop');
  expect(await stream('list', 'acme', '--json')).toBe('[]\n');
  await expect(stream('show', 'acme', 'shop')).rejects.toThrow('a stream of the client "shop" not found');
});
