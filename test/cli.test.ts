import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

type Run = { code: number; out: string; err: string };

let folder: string;
let data: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
  data = join(folder, 'data');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command as a user does. */
function gatehouse(args: string[], { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {}) {
  return new Promise<Run>((resolve) => {
    const child = execFile(
      process.execPath,
      ['bin/gatehouse.js', ...args],
      {
        env: {
          PATH: process.env.PATH,
          NODE_ENV: 'test',
          GATEHOUSE_DATA: data,
          GATEHOUSE_BCRYPT_COST: '4',
          GATEHOUSE_URL: 'http://localhost:9',
          ...env,
        },
      },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
    child.stdin?.end(input);
  });
}
const json = async (args: string[], options = {}) => {
  const { code, out, err } = await gatehouse([...args, '--json'], options);
  if (code !== 0) throw new Error(err);
  return JSON.parse(out);
};

const FILE = `tenants:
  - id: acme
    name: Acme Inc
    settings: { signing: { algorithms: [ES256] } }
    clients:
      - client_id: web
        client_secret: \${WEB_SECRET}
        redirect_uris: [https://app.acme.example/cb]
      - client_id: made
        redirect_uris: [https://app.acme.example/cb]
    users:
      - email: ada@example.com
        email_verified: true
        password: correct horse battery
        name: Ada Lovelace
`;

test('a file: planned, made, made again, exported', async () => {
  const file = join(folder, 'acme.yaml');
  writeFileSync(file, FILE);
  const env = { WEB_SECRET: 'change-me-0123456789abcdef' };

  const planned = await gatehouse(['apply', file, '--plan'], { env });
  expect(planned).toMatchObject({ code: 3, err: '' });
  expect(planned.out).toMatch(/\+ client acme\/web[\s\S]*client_secret: "\(secret\)"[\s\S]*4 to create/);
  expect((await json(['tenant', 'list'])).length).toBe(0);

  const made = await json(['apply', file], { env });
  expect(made).toMatchObject({
    summary: { created: 4, changed: 0, unchanged: 0 },
    secrets: [{ tenant: 'acme', client_id: 'made', client_secret: expect.stringMatching(/^.{43}$/) }],
  });
  const again = await json(['apply', file], { env });
  expect(again).toEqual({ changes: [], summary: { created: 0, changed: 0, unchanged: 4 }, secrets: [] });
  expect((await gatehouse(['apply', '-', '--plan'], { input: FILE, env })).code).toBe(0);

  const exported = await gatehouse(['export', 'acme']);
  expect(exported.out).toContain('email: ada@example.com');
  expect(exported.out).not.toMatch(/secret:|password:|\$2b|\$gh1/);
  const roundTrip = await gatehouse(['apply', '-', '--plan'], { input: exported.out });
  expect(roundTrip).toMatchObject({ code: 0, out: expect.stringContaining('4 as wanted') });
  const everything = JSON.stringify([planned, again, exported, roundTrip]);
  for (const secret of ['change-me-0123456789abcdef', 'correct horse battery'])
    expect(everything).not.toContain(secret);

  const unset = await gatehouse(['apply', file]);
  expect(unset).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('acme.yaml:7:24 the variable WEB_SECRET'),
  });
});

describe('from the standard input', () => {
  test('a password', async () => {
    const args = ['user', 'create', 'acme', 'eve@example.com', '--password-stdin'];
    const eve = await json(args, { input: 'correct horse battery\n' });
    expect(eve).toMatchObject({ has_password: true });
    expect(eve.password).toBeUndefined();
    expect(await gatehouse(args)).toMatchObject({ code: 2, err: expect.stringContaining('no secret') });
  });

  test('metadata of a client', async () => {
    const metadata = { client_id: 'job', grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
    const made = await json(['client', 'create', 'acme', '--metadata', '-'], { input: JSON.stringify(metadata) });
    expect(made).toMatchObject({ ...metadata, client_secret: expect.any(String) });
  });
});

test('a service provider: by a file, by its metadata, by its new metadata', async () => {
  const env = { GATEHOUSE_SAML: 'true' };
  const file = `tenants:
  - id: corp
    name: Corp
    settings: { signing: { algorithms: [ES256] }, saml: { enabled: true } }
    clients:
      - client_id: hr
        client_name: HR
        saml:
          entity_id: https://hr.example
          acs: [{ uri: https://hr.example/acs }]
          attributes: [{ claim: email }]
`;
  expect((await json(['apply', '-'], { input: file, env })).summary).toMatchObject({ created: 2 });

  const post = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
  const metadata = (id: string) =>
    `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${id}">` +
    '<SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">' +
    `<AssertionConsumerService index="1" Binding="${post}" Location="${id}/new"/></SPSSODescriptor></EntityDescriptor>`;
  const known = await json(['saml', 'import', 'corp', '-'], { input: metadata('https://hr.example'), env });
  expect(known).toEqual({
    client_id: 'hr',
    client_name: 'HR',
    saml: {
      entity_id: 'https://hr.example',
      acs: [{ uri: 'https://hr.example/new', index: 1 }],
      attributes: [{ claim: 'email' }],
    },
  });
  const shown = await gatehouse(['saml', 'import', 'corp', '-', '--print', '--id', 'crm'], {
    input: metadata('https://crm.example'),
  });
  expect(shown.out).toMatch(/^- client_id: crm\n {2}saml:\n {4}entity_id: https:\/\/crm.example/);
  const keys = await json(['saml', 'rotate-key', 'corp'], { env });
  expect(keys).toMatchObject([{ state: 'current' }, { state: 'next' }]);
  const ours = await gatehouse(['saml', 'metadata', 'corp'], { env });
  expect(ours.out).toContain('entityID="http://localhost:9/t/corp/saml/metadata"');
  expect(ours.out.match(/<md:KeyDescriptor/g)).toHaveLength(2);
});

describe('the process', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['a bad setting', { PORT: 'x' }, /PORT/],
    ['another master key', { GATEHOUSE_MASTER_KEY: Buffer.alloc(32, 1).toString('base64') }, /another master key/],
  ])('%s', async (_, env, message) => {
    expect(await gatehouse(['tenant', 'list'], { env })).toMatchObject({
      code: 78,
      out: '',
      err: expect.stringMatching(message),
    });
  });

  test('--help and --version', async () => {
    expect(await gatehouse(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+/),
      err: '',
    });
    expect(await gatehouse(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes'), err: '' });
  });
});
