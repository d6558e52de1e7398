import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { type SmtpSink, smtpSink } from '../../test/support/smtp-sink.ts';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import type { Lookup } from '../core/guarded-lookup.ts';
import { networks } from '../core/networks.ts';
import type { TenantSettingsInput } from '../tenants/settings.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Email } from './email.ts';
import { createWays, type WaysDeps } from './ways.ts';

const NOW = Date.UTC(2030, 0, 1);
const LOOPBACK = networks(['127.0.0.0/8']);
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const EMAIL: Email = {
  id: 'm1',
  from: { name: 'Acme', address: 'no-reply@acme.example' },
  replyTo: undefined,
  to: 'ada@example.com',
  at: NOW,
  locale: 'en',
  subject: 'Your code',
  text: '123456\n',
  html: '<p>123456</p>',
};
const SMS = { id: 'm2', tenantId: 'a', to: '+491701234567', text: 'Your code & more' };

let at: TestTenants;
let sink: SmtpSink;
let folder: string;
beforeAll(async () => {
  at = await twoTenants();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-ways-'));
});
afterAll(async () => {
  await at.store.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  sink = await smtpSink();
});
afterEach(() => sink.close());

/** A name server: each name its addresses, one answer after the other, the last one for ever. */
const names = (answers: Record<string, string[][]>): Lookup => {
  const asked = new Map<string, number>();
  return (hostname, _options, callback) => {
    const known = answers[hostname];
    if (!known) return callback(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }), []);
    const n = asked.get(hostname) ?? 0;
    asked.set(hostname, n + 1);
    const addresses = known[Math.min(n, known.length - 1)]!;
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
};

const ways = (change: Partial<WaysDeps> = {}) =>
  createWays({
    mailTarget: undefined,
    smsTarget: undefined,
    smsSecret: undefined,
    isKept: false,
    allowed: networks([]),
    clock: () => NOW,
    ...change,
  });
const signal = () => AbortSignal.timeout(60_000);

/** A tenant with these settings, as it is loaded. */
async function tenantWith(settings: TenantSettingsInput): Promise<Tenant> {
  const { settings: signing } = (await at.tenants.get('a'))!;
  await at.tenants.change('a', { settings: { signing: signing.signing, ...settings } });
  return (await at.resolver.byId('a'))!;
}
const withSmtp = (smtp: object = {}) =>
  tenantWith({
    mail: { from: { address: 'no-reply@acme.example' }, smtp: { host: 'smtp.acme.example', port: sink.port, ...smtp } },
  });

describe('T117 a mail server of a tenant', () => {
  const INSIDE: [string, string[][]][] = [
    ['loopback', [['127.0.0.1']]],
    ['loopback, by IPv6', [['::1']]],
    ['private', [['10.0.0.1']]],
    ['metadata of a cloud', [['169.254.169.254']]],
    ['public, and one inside beside it', [['93.184.216.34', '127.0.0.1']]],
    ['nowhere', [[]]],
  ];
  test.each(INSIDE)('whose address is %s is not connected to', async (_name, answers) => {
    const tenant = await withSmtp();
    const lookup = names({ 'smtp.acme.example': answers });
    const outcome = await ways({ lookup }).mail(tenant, EMAIL, signal());
    expect(outcome).toMatchObject({ state: 'blocked', reason: expect.stringContaining('not a public address') });
    expect(sink.connects()).toBe(0);
  });

  test.each(['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '127.1'])(
    'that is %s, by the resolver of this machine',
    async (host) => {
      const outcome = await ways().mail(await withSmtp({ host }), EMAIL, signal());
      expect(outcome.state).toBe('blocked');
      expect(sink.connects()).toBe(0);
    },
  );

  test('is connected to at the address that was checked: a second answer changes nothing', async () => {
    const tenant = await withSmtp({ tls: 'none' });
    const lookup = names({ 'smtp.acme.example': [['127.0.0.1'], ['10.0.0.1']] });
    expect(await ways({ lookup, allowed: LOOPBACK }).mail(tenant, EMAIL, signal())).toEqual({ state: 'sent' });
    expect(sink.mails).toHaveLength(1);
  });

  test('in plain only within opened networks', async () => {
    const tenant = await withSmtp({ tls: 'none' });
    const lookup = names({ 'smtp.acme.example': [['93.184.216.34']] });
    const outcome = await ways({ lookup, allowed: LOOPBACK }).mail(tenant, EMAIL, signal());
    expect(outcome).toMatchObject({ state: 'blocked', reason: expect.stringContaining('GATEHOUSE_OUTBOUND_ALLOW') });
  });

  test('gets the password in plain, from the settings where it is sealed', async () => {
    const seen: unknown[] = [];
    const own = await smtpSink({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth({ username, password }, _session, done) {
        seen.push([username, password]);
        done(null, { user: username });
      },
    });
    const tenant = await withSmtp({ port: own.port, tls: 'none', user: 'acme', password: 'smtp-password' });
    expect(tenant.settings.mail.smtp!.password).toMatch(/^sealed:/);
    const lookup = names({ 'smtp.acme.example': [['127.0.0.1']] });
    expect(await ways({ lookup, allowed: LOOPBACK }).mail(tenant, EMAIL, signal())).toEqual({ state: 'sent' });
    expect(seen).toEqual([['acme', 'smtp-password']]);
    await own.close();
  });
});

describe('the installation', () => {
  test('its own mail server is trusted, wherever it is', async () => {
    const mailTarget = { kind: 'smtp' as const, host: '127.0.0.1', port: sink.port, tls: 'none' as const };
    expect(await ways({ mailTarget }).mail(at.b, EMAIL, signal())).toEqual({ state: 'sent' });
    expect(sink.mails).toHaveLength(1);
  });

  test('files: one for each message, for their owner alone', async () => {
    const target = { kind: 'file' as const, folder: join(folder, 'out') };
    const way = ways({ mailTarget: target, smsTarget: target });
    expect(await way.mail(at.b, EMAIL, signal())).toEqual({ state: 'sent' });
    expect(await way.sms(at.b, SMS)).toEqual({ state: 'sent' });
    expect(readdirSync(target.folder).sort()).toEqual(['m1.eml', 'm2.sms.txt']);
    for (const name of readdirSync(target.folder)) expect(statSync(join(target.folder, name)).mode & 0o77).toBe(0);
    expect(await simpleParser(readFileSync(join(target.folder, 'm1.eml')))).toMatchObject({ subject: 'Your code' });
  });

  test('without any way: an error, unless the inbox has it', async () => {
    expect(await ways().mail(at.b, EMAIL, signal())).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('GATEHOUSE_SMTP_URL'),
    });
    expect(await ways().sms(at.b, SMS)).toMatchObject({ state: 'refused' });
    expect(await ways({ isKept: true }).mail(at.b, EMAIL, signal())).toEqual({ state: 'sent' });
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});

describe('text messages by HTTP', () => {
  let server: Server;
  let url: string;
  let status: number;
  let got: { method: string; path: string; headers: IncomingHttpHeaders; body: string }[];
  beforeAll(async () => {
    server = createServer((req, res) => {
      let body = '';
      req.on('data', (chunk) => {
        body += chunk;
      });
      req.on('end', () => {
        got.push({ method: req.method!, path: req.url!, headers: req.headers, body });
        res.writeHead(status).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    status = 200;
    got = [];
  });

  const webhook = () => tenantWith({ sms: { sender: { provider: 'webhook', url: `${url}/hook`, secret: SECRET } } });
  const twilio = () =>
    tenantWith({
      sms: { sender: { provider: 'twilio', account_sid: 'AC1', auth_token: 'token', from: '+15005550006', url } },
    });

  test('a webhook gets it signed (Standard Webhooks), with the id of the message', async () => {
    expect(await ways({ allowed: LOOPBACK }).sms(await webhook(), SMS)).toEqual({ state: 'sent' });
    const [{ method, path, headers, body }] = got as [(typeof got)[0]];
    expect([method, path, headers['content-type']]).toEqual(['POST', '/hook', 'application/json']);
    const { id, to, text } = SMS;
    expect(JSON.parse(body)).toEqual({
      type: 'sms.message',
      timestamp: new Date(NOW).toISOString(),
      data: { id, tenant: 'a', to, text },
    });
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const signature = createHmac('sha256', Buffer.alloc(24, 7)).update(signed).digest('base64');
    expect(headers).toMatchObject({
      'webhook-id': 'm2',
      'webhook-timestamp': String(NOW / 1000),
      'webhook-signature': `v1,${signature}`,
    });
  });

  test('the interface of Twilio', async () => {
    expect(await ways({ allowed: LOOPBACK }).sms(await twilio(), SMS)).toEqual({ state: 'sent' });
    const [{ path, headers, body }] = got as [(typeof got)[0]];
    expect(path).toBe('/2010-04-01/Accounts/AC1/Messages.json');
    expect(headers.authorization).toBe(`Basic ${Buffer.from('AC1:token').toString('base64')}`);
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({ To: SMS.to, From: '+15005550006', Body: SMS.text });
  });

  test.each([
    [201, 'sent'],
    [400, 'refused'],
    [401, 'blocked'],
    [410, 'refused'],
    [429, 'blocked'],
    [500, 'blocked'],
    [503, 'blocked'],
    [302, 'blocked'],
  ])('status %i: %s', async (given, state) => {
    status = given;
    expect(await ways({ allowed: LOOPBACK }).sms(await twilio(), SMS)).toMatchObject({ state });
  });

  test('T117 what is inside is not connected to', async () => {
    for (const tenant of [await webhook(), await twilio()]) {
      const outcome = await ways().sms(tenant, SMS);
      expect(outcome).toMatchObject({ state: 'blocked', reason: expect.stringMatching(/not a public address/) });
    }
    expect(got).toEqual([]);
  });

  test('the installation’s webhook, with its own secret', async () => {
    const way = ways({ smsTarget: { kind: 'webhook', url: `${url}/own` }, smsSecret: SECRET, allowed: LOOPBACK });
    expect(await way.sms(at.b, SMS)).toEqual({ state: 'sent' });
    expect(got[0]!.path).toBe('/own');
  });
});
