import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeOnBoth, type Shared, shared } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { type SmtpSink, smtpSink } from '../support/smtp-sink.ts';

describeOnBoth('mail from several processes', (stores) => {
  let at: Shared;
  let sink: SmtpSink;
  beforeAll(async () => {
    sink = await smtpSink();
    at = await shared(stores());
    const env = { GATEHOUSE_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, GATEHOUSE_MAIL_FROM: 'no-reply@login.example' };
    await Promise.all([at.start(env), at.start(env)]);
  });
  afterAll(async () => {
    await at.close();
    await sink.close();
  });

  test('each message once, each recipient in order, whichever process is first', async () => {
    const { tenants, resolver, mail, outbox } = at.services;
    await tenants.create({ id: 'acme', name: 'Acme', settings: { signing: { algorithms: ['ES256'] } } });
    const acme = (await resolver.byId('acme'))!;
    const ids: string[] = [];
    for (let i = 0; i < 24; i += 1) {
      const to = `user${i % 3}@example.com`;
      ids.push(await mail.send(acme, { template: 'sign_in_code', to, data: { code: `code-${i}`, minutes: 10 } }));
    }
    await eventually(async () => (await outbox.list(acme)).items.every(({ state }) => state === 'sent'));
    const got = sink.mails.map(({ messageId }) => messageId!.slice(1).split('@')[0]);
    expect([...got].sort()).toEqual([...ids].sort());
    for (const user of [0, 1, 2]) {
      const line = sink.mails.filter(({ envelope }) => envelope.to[0] === `user${user}@example.com`);
      const numbers = line.map(({ text }) => Number(/code-(\d+)/.exec(text!)![1]));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  });
});
