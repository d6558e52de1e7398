import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { loadConfig } from '../../config/load.ts';
import { decide } from '../../risk/decide.ts';
import { recordable } from '../../risk/recordable.ts';
import { type SignalsInput, signalsOf } from '../../risk/signals.ts';
import { openServices } from '../../services.ts';
import { risk } from '../../tenants/settings/risk.ts';
import { report } from '../exit.ts';
import { program } from '../program.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-risk-'));
  const env = { NODE_ENV: 'test', GATEHOUSE_DATA: join(folder, 'data'), GATEHOUSE_URL: 'http://localhost:9' };
  Object.assign(process.env, env);
  const services = await openServices(loadConfig());
  try {
    await services.tenants.create({ id: 'acme', name: 'Acme', settings: { signing: { algorithms: ['ES256'] } } });
    const policy = risk.parse({});
    const signIn = (target: string, given: SignalsInput) => {
      const signals = signalsOf(given);
      const details = { method: 'password', risk: recordable(signals, decide(signals, policy)) };
      return services.audit.record('acme', { type: 'sign_in.succeeded', target, ip: '192.0.2.1', details });
    };
    await signIn('ada', {});
    await signIn('bob', { newDevice: true });
    await signIn('eve', { newDevice: true, newCountry: true, newNetwork: true, newAddress: true });
    await services.audit.record('acme', { type: 'sign_in.succeeded', target: 'old', details: { method: 'password' } });
  } finally {
    await services.close();
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

async function replay(...args: string[]) {
  const texts: string[] = [];
  const keep = (text: unknown) => texts.push(String(text)) > 0;
  jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  jest.spyOn(console, 'error').mockImplementation(keep);
  let code = 0;
  try {
    await program().parseAsync(['risk', 'replay', 'acme', ...args], { from: 'user' });
  } catch (error) {
    code = report(error, false);
  }
  jest.restoreAllMocks();
  process.exitCode = undefined;
  return { code, out: texts.join('') };
}
function file(text: string): string {
  const path = join(folder, 'policy.yaml');
  writeFileSync(path, text);
  return path;
}

test('by the policy of the tenant nothing changes', async () => {
  const { out } = await replay();
  expect(out.trim().split(/\n+/)).toEqual(['allow    ->  allow    2', 'step_up  ->  step_up  1']);
});

test('a changed policy shows who is decided otherwise, and why', async () => {
  const { out } = await replay('--policy', file('{ weights: { new_device: 50 }, deny_score: 80 }'));
  expect(out).toMatch(/bob +192\.0\.2\.1 +allow \(15\) +step_up \(50\) +new_device 50\n/);
  expect(out).toMatch(
    /eve .*step_up \(45\) +deny \(80\) +new_device 50, new_address 3, new_network 7, new_country 20\n/,
  );
  expect(out).toMatch(/\n\nallow +-> +allow +1\nallow +-> +step_up +1\nstep_up +-> +deny +1\n$/);
  expect(out).not.toContain('ada');
});

test('as JSON, every sign-in', async () => {
  const { counts, sign_ins } = JSON.parse((await replay('--json')).out);
  expect(counts).toContainEqual({ was: 'step_up', would: 'step_up', count: 1 });
  expect(sign_ins.map(({ target }: { target: string }) => target).sort()).toEqual(['ada', 'bob', 'eve']);
});

test.each([
  [['--since', '7d'], 3],
  [['--since', '2999-01-01'], 0],
])('%j: %d sign-ins', async (args, count) => {
  expect(JSON.parse((await replay(...args, '--json')).out).sign_ins).toHaveLength(count);
});

test('none at all', async () => {
  expect((await replay('--since', '2999-01-01')).out).toBe('no sign-ins with recorded signals\n');
});

test.each([
  [['--since', 'yesterday'], '30m, 12h or 7d'],
  [['--policy', '/nowhere.yaml'], 'cannot read'],
])('%j is refused', async (args, words) => {
  expect(await replay(...args)).toEqual({ code: 2, out: expect.stringContaining(words) });
});

test('a policy that is none is refused, with the field', async () => {
  const { code, out } = await replay('--policy', file('{ weights: { new_devise: 1 } }'));
  expect(code).toBe(2);
  expect(out).toContain('/weights/new_devise');
});
