import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { loadConfig } from '../../config/load.ts';
import { rememberConsent } from '../../privacy/consents.ts';
import { openServices } from '../../services.ts';
import { grantCommand } from './grant.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-grant-command-'));

beforeAll(async () => {
  Object.assign(process.env, { NODE_ENV: 'test', GATEHOUSE_DATA: folder, GATEHOUSE_URL: 'http://localhost:9' });
  const services = await openServices(loadConfig());
  await services.tenants.create({ id: 'acme', name: 'Acme', settings: { signing: { algorithms: ['ES256'] } } });
  const acme = (await services.resolver.byId('acme'))!;
  const { id } = await services.accounts.create(acme, { email: 'ada@example.com' });
  const given = { scopes: ['openid'], claims: [], resources: { 'https://api.example/': ['read', 'write'] } };
  await rememberConsent(acme, id, 'boat', given, 1_800_000_000_000);
  await services.close();
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function grant(...args: string[]): Promise<string> {
  let out = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  await grantCommand().exitOverride().parseAsync(args, { from: 'user' });
  return out;
}

test('lists what a user has allowed, and takes it back once', async () => {
  const line = await grant('list', 'acme', 'ada@example.com');
  expect(line).toMatch(/boat +2027-01-15T08:00:00\S* +openid, https:\/\/api\.example\/: read write/);
  expect(JSON.parse(await grant('list', 'acme', 'ada@example.com', '--json'))).toMatchObject([{ client_id: 'boat' }]);
  await expect(grant('revoke', 'acme', 'ada@example.com', 'kite')).rejects.toThrow('to the client "kite"');
  expect(await grant('revoke', 'acme', 'ada@example.com', 'boat')).toContain('allowed to boat');
  expect(JSON.parse(await grant('list', 'acme', 'ada@example.com', '--json'))).toEqual([]);
  await expect(grant('revoke', 'acme', 'ada@example.com', 'boat')).rejects.toThrow('not');
});
