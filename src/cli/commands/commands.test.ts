import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { loadConfig } from '../../config/load.ts';
import { openServices } from '../../services.ts';
import { report } from '../exit.ts';
import { program } from '../program.ts';

let folder: string;
let data: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-commands-'));
  data = join(folder, 'data');
  Object.assign(process.env, {
    NODE_ENV: 'test',
    GATEHOUSE_DATA: data,
    GATEHOUSE_BCRYPT_COST: '4',
    GATEHOUSE_URL: 'http://localhost:9',
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command in this process. */
async function gatehouse(args: string[]) {
  const texts = { out: '', err: '' };
  const keep = (name: 'out' | 'err') => (text: unknown) => {
    texts[name] += String(text);
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(keep('out'));
  jest.spyOn(process.stderr, 'write').mockImplementation(keep('err'));
  jest.spyOn(console, 'error').mockImplementation(keep('err'));
  process.exitCode = undefined;
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error, args.includes('--json'));
  }
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  jest.restoreAllMocks();
  return { code, ...texts };
}
const json = async (args: string[]) => {
  const { code, out, err } = await gatehouse([...args, '--json']);
  if (code !== 0) throw new Error(err);
  return JSON.parse(out);
};

test('initial access tokens', async () => {
  await json(['tenant', 'create', 'tokens', '--name', 'Tokens']);
  const policy = join(folder, 'policy.yaml');
  writeFileSync(policy, 'scopes: [openid]');
  const options = ['--uses', 'unlimited', '--note', 'CI', '--trusted', '--policy', policy, '--expires', '600'];
  const made = await json(['client', 'token', 'create', 'tokens', ...options]);
  expect(made).toMatchObject({
    initial_access_token: expect.stringMatching(/^iat_/),
    left: 'unlimited',
    used: 0,
    policy: { scopes: ['openid'], trusted: true },
    note: 'CI',
  });
  const { initial_access_token: token, ...shown } = made;
  expect(await json(['client', 'token', 'list', 'tokens'])).toEqual([shown]);
  const listed = await gatehouse(['client', 'token', 'list', 'tokens']);
  expect(listed.out).toContain('unlimited left, 0 used');
  expect(listed.out).not.toContain(token);
  await json(['client', 'token', 'revoke', 'tokens', made.token]);
  expect(await json(['client', 'token', 'list', 'tokens'])).toEqual([]);
  for (const wrong of [
    ['--uses', 'x'],
    ['--uses', '0'],
    ['--expires', '1'],
    ['--policy', '/none'],
  ])
    expect((await gatehouse(['client', 'token', 'create', 'tokens', ...wrong])).code).toBe(2);
});

describe('one thing at a time', () => {
  beforeAll(async () => {
    const settings = join(folder, 'settings.yaml');
    writeFileSync(settings, 'signing: { algorithms: [ES256] }');
    await json(['tenant', 'create', 'one', '--name', 'One', '--settings', settings]);
  });

  test('the audit trail names the command line', async () => {
    const services = await openServices(loadConfig());
    const { items } = await services.audit.find('one');
    await services.close();
    expect(items.length).toBeGreaterThan(0);
    for (const event of items) expect(event).toMatchObject({ actor: 'cli' });
  });

  test('tenants', async () => {
    expect(await json(['tenant', 'show', 'one'])).toMatchObject({
      issuer: 'http://localhost:9/t/one',
      status: 'active',
    });
    const changed = await json(['tenant', 'change', 'one', '--name', 'Uno', '--issuer', 'https://one.example']);
    expect(changed).toMatchObject({ name: 'Uno', issuer: 'https://one.example' });
    expect(await json(['tenant', 'suspend', 'one'])).toMatchObject({
      status: 'suspended',
      issuer: 'https://one.example',
    });
    const back = await json(['tenant', 'change', 'one', '--no-issuer']);
    expect(back).toMatchObject({ name: 'Uno', issuer: 'http://localhost:9/t/one' });
    expect(await json(['tenant', 'resume', 'one'])).toMatchObject({ status: 'active' });
    expect((await gatehouse(['tenant', 'list'])).out).toMatch(/^one +active +http:\/\/localhost:9\/t\/one +Uno$/m);
  });

  test('clients', async () => {
    const uri = 'https://one.example/cb';
    const made = await json(['client', 'create', 'one', '--id', 'web', '--name', 'Web', '--redirect-uri', uri]);
    expect(made).toMatchObject({ client_id: 'web', client_secret: expect.any(String), redirect_uris: [uri] });
    const shown = await json(['client', 'show', 'one', 'web']);
    expect(shown.client_secret).toBeUndefined();
    const rotated = await json(['client', 'rotate-secret', 'one', 'web']);
    expect(rotated.client_secret).not.toBe(made.client_secret);
    const listed = await gatehouse(['client', 'list', 'one']);
    expect(listed.out).toContain(`previous secret until ${rotated.previous_secret_until}`);
    const ended = await json(['client', 'rotate-secret', 'one', 'web', '--overlap', '0']);
    expect(ended.previous_secret_until).toBeUndefined();
    expect(await gatehouse(['client', 'rotate-secret', 'one', 'web', '--overlap', '1d'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('whole seconds'),
    });
    expect(await json(['client', 'access-token', 'one', 'web'])).toEqual({
      client_id: 'web',
      registration_access_token: expect.stringMatching(/^reg_/),
    });
    const spa = await json(['client', 'create', 'one', '--public', '--redirect-uri', uri]);
    expect(spa.client_secret).toBeUndefined();
    await json(['client', 'remove', 'one', spa.client_id]);
    expect((await json(['client', 'list', 'one'])).map((client: { client_id: string }) => client.client_id)).toEqual([
      'web',
    ]);
  });

  test('users', async () => {
    const made = await json(['user', 'create', 'one', 'ada@example.com', '--username', 'ada', '--verified']);
    expect(made).toMatchObject({
      email_verified: true,
      has_password: true,
      password: expect.stringMatching(/^.{22}$/),
    });
    await json(['user', 'create', 'one', 'eve@example.com']);
    expect(await json(['user', 'disable', 'one', 'ADA'])).toMatchObject({ sub: made.sub, status: 'disabled' });
    expect(await json(['user', 'enable', 'one', made.sub])).toMatchObject({ status: 'active' });
    expect(await json(['user', 'set-password', 'one', 'ada@example.com'])).toMatchObject({
      password: expect.any(String),
    });
    const bare = await json(['user', 'create', 'one', 'dan@example.com', '--no-password']);
    expect(bare).toMatchObject({ has_password: false });
    await json(['user', 'remove', 'one', 'dan@example.com']);
    expect((await json(['user', 'list', 'one'])).map((user: { email: string }) => user.email)).toEqual([
      'ada@example.com',
      'eve@example.com',
    ]);
  });

  test('roles, and second factors that were lost', async () => {
    expect(await json(['user', 'set-roles', 'one', 'ada@example.com', 'admin', 'buyer'])).toMatchObject({
      roles: ['admin', 'buyer'],
    });
    expect((await json(['user', 'set-roles', 'one', 'ada@example.com'])).roles).toBeUndefined();
    expect((await gatehouse(['user', 'reset-factors', 'one', 'ada@example.com'])).code).toBe(2);
    const reset = await json(['user', 'reset-factors', 'one', 'ada@example.com', '--reason', 'showed a passport']);
    expect(reset.removed).toEqual([]);
  });

  test('organizations', async () => {
    const made = await json(['organization', 'create', 'one', 'acme', '--name', 'Acme', '--domain', 'Acme.example']);
    expect(made).toMatchObject({ id: 'acme', domains: [{ name: 'acme.example', verified: true }] });
    const member = await json(['organization', 'add-member', 'one', 'acme', 'ada@example.com', '--role', 'buyer']);
    expect(member.organizations).toEqual([{ id: 'acme', roles: ['buyer'] }]);
    expect(await json(['organization', 'change', 'one', 'acme', '--name', 'Acme 2'])).toMatchObject({ domains: [] });
    expect((await gatehouse(['organization', 'list', 'one'])).out).toMatch(/^acme +Acme 2$/m);
    expect((await json(['organization', 'remove-member', 'one', 'acme', 'ada@example.com'])).organizations).toEqual([]);
    await json(['organization', 'remove', 'one', 'acme']);
    expect((await gatehouse(['organization', 'show', 'one', 'acme'])).code).toBe(1);
  });

  test('invitations, of which nobody sees the link', async () => {
    const made = await json(['invite', 'one', 'guest@example.com', '--role', 'buyer']);
    expect(made).toMatchObject({ email: 'guest@example.com', roles: ['buyer'] });
    expect(JSON.stringify(made)).not.toContain('token');
    expect(await json(['invitation', 'list', 'one'])).toEqual([made]);
    await json(['invitation', 'revoke', 'one', made.invitation]);
    expect(await json(['invitation', 'list', 'one'])).toEqual([]);
  });

  test('approvals', async () => {
    expect(await json(['approval', 'list', 'one'])).toEqual([]);
    expect((await gatehouse(['approval', 'approve', 'one', 'ada@example.com'])).err).toMatch(/waits for approval/);
  });

  test('keys', async () => {
    expect(await json(['key', 'list', 'one'])).toMatchObject([{ alg: 'ES256', state: 'current' }]);
    expect(await json(['key', 'rotate', 'one'])).toMatchObject([{ state: 'current' }, { state: 'next' }]);
    expect(await json(['key', 'rotate', 'one', '--now'])).toMatchObject([{ state: 'current' }, {}, {}]);

    const file = join(folder, 'key.pem');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o644 });
    const seen = await gatehouse(['key', 'import', 'one', file]);
    expect([seen.code, seen.err]).toEqual([expect.any(Number), expect.stringContaining('can be read by others')]);
    expect(seen.code).not.toBe(0);
    chmodSync(file, 0o600);
    const imported = await json(['key', 'import', 'one', file, '--kid', 'mine']);
    expect(imported).toContainEqual(expect.objectContaining({ kid: 'mine', alg: 'ES256', state: 'next' }));
    expect(JSON.stringify(imported)).not.toContain(privateKey.export({ format: 'jwk' }).d);
    expect((await gatehouse(['key', 'import', 'one', join(folder, 'nothing')])).err).toMatch(/cannot read/);
    const exported = await gatehouse(['export']);
    expect(exported.out).not.toMatch(/PRIVATE KEY|"?sealed"?:/);
  });
});

describe('what is wrong is said, with its exit code', () => {
  test.each<[string, string[], number, RegExp]>([
    ['no such command', ['frobnicate'], 2, /unknown command/],
    ['no such option', ['tenant', 'list', '--frob'], 2, /unknown option/],
    ['a missing argument', ['apply'], 2, /missing required argument/],
    ['a missing option', ['tenant', 'create', 'x'], 2, /--name/],
    ['a file that is not there', ['apply', '/nowhere.yaml'], 2, /cannot read \/nowhere\.yaml: ENOENT/],
    ['a bad slug', ['tenant', 'create', 'Bad', '--name', 'x'], 2, /a-z/],
    ['a bad redirect URI', ['client', 'create', 'one', '--redirect-uri', 'javascript:1'], 2, /redirect_uris\/0/],
    ['no such tenant', ['client', 'list', 'nobody'], 1, /tenant "nobody" not found/],
    ['no such user', ['user', 'show', 'one', 'nobody'], 1, /user "nobody" not found/],
    ['a tenant that is there', ['tenant', 'create', 'one', '--name', 'x'], 1, /exists already/],
  ])('%s', async (_, args, code, message) => {
    const run = await gatehouse(args);
    expect(run).toMatchObject({ code, out: '', err: expect.stringMatching(message) });
    expect(run.err).not.toMatch(/\n\s+at /);
  });

  test('as JSON, where that is wanted', async () => {
    const { code, err } = await gatehouse(['tenant', 'create', 'Bad', '--name', 'x', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'invalid_input', problems: [{ pointer: '/id' }] } });
  });
});

describe('doctor', () => {
  const findings = async () => {
    const { code, out } = await gatehouse(['doctor', '--json']);
    return { code, found: JSON.parse(out) as { check: string; status: string; message: string }[] };
  };

  test('names what is wrong', async () => {
    const { code, found } = await findings();
    expect(code).toBe(1);
    expect(found).toContainEqual({ check: 'store', status: 'ok', message: 'sqlite answers' });
    expect(found).toContainEqual(expect.objectContaining({ check: 'keys', status: 'ok' }));
    expect(found).toContainEqual(
      expect.objectContaining({ check: 'issuer', status: 'fail', message: expect.stringContaining('not reachable') }),
    );
  });

  test('files that others can read', async () => {
    const modes = readdirSync(data).map((name) => statSync(join(data, name)).mode & 0o077);
    expect(modes).toEqual(modes.map(() => 0));
    chmodSync(data, 0o755);
    const { found } = await findings();
    chmodSync(data, 0o700);
    expect(found).toContainEqual(
      expect.objectContaining({ check: 'files', status: 'warn', message: expect.stringContaining('755') }),
    );
  });
});
