import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { loadConfig } from '../../config/load.ts';
import { messageRecord } from '../../mail/record.ts';
import { openServices, type Services } from '../../services.ts';
import { mailCommand } from './mail.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mail-command-'));
const CODE = '739146';
let ids: string[];

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
  ids = await withServices(async ({ tenants, resolver, mail }) => {
    await tenants.create({ id: 'acme', name: 'Acme', settings: { signing: { algorithms: ['ES256'] } } });
    const tenant = (await resolver.byId('acme'))!;
    const send = (to: string) => mail.send(tenant, { template: 'sign_in_code', to, data: { code: CODE, minutes: 10 } });
    const made = [await send('ada@example.com'), await send('grace@example.com'), await send('eve@example.com')];
    const records = tenant.store.records(messageRecord);
    const dead = { state: 'dead' as const, attempts: 10, reason: 'the mail server answered 451' };
    for (const id of made.slice(0, 2)) await records.update(id, ({ line: _, ...message }) => ({ ...message, ...dead }));
    return made;
  });
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function mail(...args: string[]): Promise<string> {
  let out = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  await mailCommand().exitOverride().parseAsync(args, { from: 'user' });
  return out;
}
const listed = async (...args: string[]) =>
  JSON.parse(await mail('list', 'acme', '--json', ...args)) as { id: string; state: string; attempts: number }[];

test('lists what became of each, never what was in it', async () => {
  const text = await mail('list', 'acme');
  expect(text).toMatch(/dead +10 +sign_in_code +ada@example.com.*the mail server answered 451/);
  expect(text).not.toContain(CODE);
  expect(await listed()).toHaveLength(3);
  expect((await listed('--state', 'dead')).map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(JSON.stringify(await listed())).not.toMatch(/sealed|739146/);
});

test('sends one again; without a message all that are dead; a sent one not', async () => {
  await mail('retry', 'acme', ids[0]!);
  expect((await listed()).map(({ state }) => state)).toEqual(['queued', 'dead', 'queued']);
  await mail('retry', 'acme');
  expect((await listed()).map(({ state, attempts }) => [state, attempts])).toEqual(Array(3).fill(['queued', 0]));
  await withServices(({ courier }) => courier.settle());
  expect((await listed()).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
  await expect(mail('retry', 'acme', ids[0]!)).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(mail('retry', 'acme', 'nothing')).rejects.toMatchObject({ code: 'not_found' });
});
