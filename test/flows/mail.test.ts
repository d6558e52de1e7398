import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { addressOf, type SmtpSink, smtpSink } from '../support/smtp-sink.ts';

/** From `mail.send` to a real mail server, by the settings of an installation and of a tenant. */

let installation: SmtpSink;
let own: SmtpSink;
let gatehouse: TestGatehouse;
let acme: Tenant;
let globex: Tenant;
beforeAll(async () => {
  installation = await smtpSink();
  own = await smtpSink();
  gatehouse = await startGatehouse({
    GATEHOUSE_SMTP_URL: `smtp://127.0.0.1:${installation.port}`,
    GATEHOUSE_MAIL_FROM: 'no-reply@login.example',
    GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8',
    LOG_LEVEL: 'trace',
  });
  const signing = { algorithms: ['ES256' as const] };
  acme = await gatehouse.tenant({ id: 'acme', name: 'Acme', settings: { signing } });
  globex = await gatehouse.tenant({
    id: 'globex',
    name: 'Globex',
    settings: {
      signing,
      branding: { display_name: 'Glöbex' },
      locales: { default: 'de' },
      mail: {
        from: { address: 'login@globex.example' },
        reply_to: 'help@globex.example',
        smtp: { host: '127.0.0.1', port: own.port, tls: 'none' },
        templates: { verify_email: { de: { subject: 'Code {{code}}', text: 'Ihr Code: {{code}}' } } },
      },
    },
  });
});
afterAll(async () => {
  await gatehouse.stop();
  await installation.close();
  await own.close();
});

const CODE = '739146';

test('a mail leaves at once, in the name of the tenant; the code is in it and nowhere else', async () => {
  const { mail, outbox, audit } = gatehouse.services;
  const id = await mail.send(acme, {
    template: 'sign_in_code',
    to: 'ada@example.com',
    accountId: 'u1',
    data: { code: CODE, minutes: 10, device: 'Firefox' },
  });
  await eventually(() => installation.mails.length === 1);
  const [sunk] = installation.mails;
  expect(addressOf(sunk!.from)).toEqual([{ name: 'Acme', address: 'no-reply@login.example' }]);
  expect(sunk!.text).toContain(CODE);
  expect(sunk!.html).toContain(CODE);
  expect(sunk!.subject).not.toContain(CODE);
  const sent = async () => (await outbox.list(acme)).items.find((message) => message.id === id);
  await eventually(async () => (await sent())?.state === 'sent');
  // Recorded after that.
  const events = async () => JSON.stringify((await audit.find('acme')).items);
  await eventually(async () => (await events()).includes('message.sent'));
  const trail = await events();
  for (const place of [JSON.stringify(await sent()), trail, gatehouse.logged()]) expect(place).not.toContain(CODE);
});

test('the tenant’s own server, sender, language and template', async () => {
  await gatehouse.services.mail.send(globex, {
    template: 'verify_email',
    to: 'ada@example.com',
    data: { code: CODE, minutes: 10 },
  });
  await eventually(() => own.mails.length === 1);
  const [sunk] = own.mails;
  expect(addressOf(sunk!.from)).toEqual([{ name: 'Glöbex', address: 'login@globex.example' }]);
  expect(addressOf(sunk!.replyTo)).toEqual([{ name: '', address: 'help@globex.example' }]);
  expect(sunk!.subject).toBe(`Code ${CODE}`);
  expect(sunk!.text!.trim()).toBe(`Ihr Code: ${CODE}`);
  expect(sunk!.html).toContain('Bestätigen Sie Ihre E-Mail-Adresse');
});

test('what a server refuses is in the outbox and the audit trail, without what it said', async () => {
  installation.answer({ responseCode: 550, message: `no mailbox for ${CODE}` });
  const { mail, outbox, audit } = gatehouse.services;
  const id = await mail.send(acme, { template: 'approved', to: 'nobody@example.com', data: {} });
  const get = async () => (await outbox.list(acme)).items.find((message) => message.id === id)!;
  await eventually(async () => (await get()).state === 'failed');
  expect((await get()).reason).toMatch(/^the mail server answered 550/);
  const events = async () => JSON.stringify((await audit.find('acme')).items);
  await eventually(async () => (await events()).includes('message.failed'));
  expect(await events()).not.toContain(CODE);
  expect(gatehouse.logged()).not.toContain(CODE);
  installation.answer(undefined);
});

describe('the inbox', () => {
  test('has what was sent, sealed in the store', async () => {
    const { inbox } = gatehouse.services;
    await gatehouse.services.sms.send(acme, { template: 'code', to: '+491701234567', data: { code: CODE } });
    await eventually(async () => (await inbox!.list()).some(({ channel }) => channel === 'sms'));
    const [newest] = await inbox!.list();
    expect(newest).toMatchObject({ channel: 'sms', tenant: 'acme', text: expect.stringContaining(`#${CODE}`) });
    const page = await fetch(`${gatehouse.url}/inbox`);
    expect(await page.text()).toContain('Text message');
  });

  test('is not there when it is turned off', async () => {
    const closed = await startGatehouse({ GATEHOUSE_INBOX: 'false' });
    expect(closed.services.inbox).toBeUndefined();
    expect((await fetch(`${closed.url}/inbox`)).status).toBe(404);
    const tenant = await closed.tenant({ id: 'acme', settings: { signing: { algorithms: ['ES256'] } } });
    const { mail, outbox, courier } = closed.services;
    await mail.send(tenant, { template: 'approved', to: 'ada@example.com', data: {} });
    await courier.settle();
    const [message] = (await outbox.list(tenant)).items;
    expect(message).toMatchObject({ state: 'failed', reason: expect.stringContaining('no way to send mail') });
    await closed.stop();
  });
});
