import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import { openServices } from '../../src/services.ts';

/** A secret in a tenant's settings is in no file and in nothing that is shown. */

const SECRET = 'planted-smtp-password';
const OTHER = 'planted-second-password';
const WEBHOOK = `whsec_${'cGxhbnRlZC13ZWJob29rLXNlY3JldC1vZi10aGUtdGVzdA=='}`;
const PLANTED = [SECRET, OTHER, WEBHOOK, WEBHOOK.slice(6)];

let folder: string;
let shown = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-sealed-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = () => ({
  PATH: process.env.PATH,
  GATEHOUSE_DATA: join(folder, 'data'),
  GATEHOUSE_URL: 'http://localhost:1',
});
async function gatehouse(...args: string[]): Promise<{ code: number; stdout: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['bin/gatehouse.js', ...args], {
      env: env(),
    });
    shown += stdout + stderr;
    return { code: 0, stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    shown += stdout + stderr;
    return { code, stdout };
  }
}

const file = (name: string, password: string) => {
  const path = join(folder, name);
  const settings = {
    mail: { from: { address: 'no-reply@acme.example' }, smtp: { host: 'smtp.acme.example', user: 'acme', password } },
    sms: { sender: { provider: 'webhook', url: 'https://sms.acme.example/', secret: WEBHOOK } },
  };
  writeFileSync(path, JSON.stringify({ tenants: [{ id: 'acme', name: 'Acme', settings }] }));
  return path;
};

const isClean = (text: string) => PLANTED.every((secret) => !text.includes(secret));

test('planned, applied, applied again, changed, exported, shown', async () => {
  const first = file('first.json', SECRET);
  expect((await gatehouse('apply', '--plan', first)).code).toBe(3);
  expect((await gatehouse('apply', first)).stdout).toContain('1 created');
  expect((await gatehouse('apply', first)).stdout).toContain('1 as wanted');
  const second = file('second.json', OTHER);
  const { stdout } = await gatehouse('apply', '--plan', second);
  expect(stdout).toContain('settings.mail.smtp.password: "(secret)" -> "(secret)"');
  expect(stdout).not.toContain('settings.sms');
  await gatehouse('apply', '--json', second);
  await gatehouse('tenant', 'show', 'acme');

  const exported = (await gatehouse('export', 'acme')).stdout;
  expect(exported).toContain('password: (set)');
  expect(exported).not.toContain('sealed:');
  const back = join(folder, 'back.yaml');
  writeFileSync(back, exported);
  expect((await gatehouse('apply', back)).stdout).toContain('1 as wanted');
  writeFileSync(back, exported.replaceAll('acme', 'globex'));
  expect((await gatehouse('apply', back)).code).toBe(2);

  expect(shown).not.toBe('');
  expect(isClean(shown)).toBe(true);
});

test('is used in plain, and lies sealed in the database, its log and the audit trail', async () => {
  const services = await openServices(loadConfig(env()));
  const tenant = (await services.resolver.byId('acme'))!;
  const { password } = tenant.settings.mail.smtp!;
  expect(password).toMatch(/^sealed:v1\./);
  expect(tenant.openSecret(password!)).toBe(OTHER);
  expect(isClean(JSON.stringify(await services.audit.find('acme')))).toBe(true);
  const files = readdirSync(join(folder, 'data'));
  expect(files).toContain('gatehouse.sqlite');
  for (const name of files) expect(isClean(readFileSync(join(folder, 'data', name), 'latin1'))).toBe(true);
  await services.close();
});
