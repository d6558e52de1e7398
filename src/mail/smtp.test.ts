import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { addressOf, type SmtpSink, smtpSink } from '../../test/support/smtp-sink.ts';
import type { Email } from './email.ts';
import { sendBySmtp } from './transports/smtp.ts';

let sink: SmtpSink;
beforeEach(async () => {
  sink = await smtpSink();
});
afterEach(() => sink.close());

const EMAIL: Email = {
  id: '01HZY5AAAAAAAAAAAAAAAAAAAA',
  from: { name: 'Acme', address: 'no-reply@acme.example' },
  replyTo: undefined,
  to: 'ada@example.com',
  at: Date.UTC(2030, 0, 1),
  locale: 'en',
  subject: 'Your code',
  text: 'The code\n',
  html: '<p>The code</p>',
};
const signal = () => AbortSignal.timeout(60_000);
const server = () => ({ host: '127.0.0.1', port: sink.port, tls: 'none' as const });
const send = (change: Partial<Email> = {}, by: object = {}) =>
  sendBySmtp({ ...server(), ...by }, { ...EMAIL, ...change }, { signal: signal() });

test('what arrives: both parts, who, to whom, when, and that a machine wrote it', async () => {
  expect(await send({ replyTo: 'help@acme.example' })).toEqual({ state: 'sent' });
  const [mail] = sink.mails;
  expect(mail).toMatchObject({
    subject: 'Your code',
    messageId: '<01HZY5AAAAAAAAAAAAAAAAAAAA@acme.example>',
    date: new Date(EMAIL.at),
    html: '<p>The code</p>',
    envelope: { from: 'no-reply@acme.example', to: ['ada@example.com'] },
  });
  expect(mail!.text!.trim()).toBe('The code');
  expect(addressOf(mail!.from)).toEqual([{ name: 'Acme', address: 'no-reply@acme.example' }]);
  expect(addressOf(mail!.to)).toEqual([{ name: '', address: 'ada@example.com' }]);
  expect(addressOf(mail!.replyTo)).toEqual([{ name: '', address: 'help@acme.example' }]);
  expect(mail!.headers.get('auto-submitted')).toBe('auto-generated');
  expect(mail!.headers.get('content-language')).toBe('en');
  expect(mail!.headers.get('content-type')).toMatchObject({ value: 'multipart/alternative' });
});

test('the same message again has the same Message-ID', async () => {
  await send();
  await send();
  expect(new Set(sink.mails.map(({ messageId }) => messageId)).size).toBe(1);
});

test.each(['Größe & 確認 ✓', 'رمز تسجيل الدخول', 'קוד הכניסה', 'x'.repeat(300), '{{code}} {% raw %}'])(
  'texts of any script: %s',
  async (text) => {
    await send({ subject: text, text: `${text}\n`, html: `<p>${text}</p>`, from: { ...EMAIL.from, name: text } });
    const [mail] = sink.mails;
    expect(mail!.subject).toBe(text);
    expect(mail!.text!.trim()).toBe(text);
    expect(addressOf(mail!.from)[0]!.name).toBe(text);
    // RFC 5321 4.5.3.1.6, and headers in ASCII.
    expect(mail!.raw.split('\r\n').every((line) => line.length <= 998)).toBe(true);
    expect(/^[\x20-\x7e\r\n\t]*$/.test(mail!.raw.slice(0, mail!.raw.indexOf('\r\n\r\n')))).toBe(true);
  },
);

describe('T065 nothing in a value becomes a header or a recipient', () => {
  test.each<[string, Partial<Email>]>([
    ['the subject', { subject: 'x\r\nBcc: eve@evil.example\r\n\r\nbody' }],
    ['the sender name', { from: { name: 'x\r\nBcc: eve@evil.example', address: EMAIL.from.address } }],
    ['a sender name with an address', { from: { name: 'x" <eve@evil.example>, "y', address: EMAIL.from.address } }],
    ['a list as sender name', { from: { name: 'eve@evil.example, ', address: EMAIL.from.address } }],
    ['the text', { text: '.\r\nRCPT TO:<eve@evil.example>\r\n.\r\n' }],
    ['a group', { from: { name: 'undisclosed: eve@evil.example;', address: EMAIL.from.address } }],
  ])('%s', async (_name, change) => {
    await send(change);
    expect(sink.mails).toHaveLength(1);
    const [mail] = sink.mails;
    expect(mail!.envelope).toEqual({ from: 'no-reply@acme.example', to: ['ada@example.com'] });
    expect(mail!.headers.has('bcc')).toBe(false);
    expect(addressOf(mail!.from).map(({ address }) => address)).toEqual(['no-reply@acme.example']);
    expect(addressOf(mail!.to).map(({ address }) => address)).toEqual(['ada@example.com']);
  });
});

describe('what the server says', () => {
  test.each([
    [550, 'refused'],
    [552, 'refused'],
    [450, 'deferred'],
    [452, 'deferred'],
    [421, 'blocked'],
  ])('%i to the recipient: %s', async (responseCode, state) => {
    sink.answer({ responseCode, message: `5.1.1 never mind 123456 ada@example.com` });
    const outcome = await send();
    expect(outcome).toMatchObject({ state, reason: expect.stringContaining(String(responseCode)) });
    // What a server says may repeat what the mail says.
    expect(JSON.stringify(outcome)).not.toMatch(/123456|never mind/);
  });

  test('nobody is there: the way is closed', async () => {
    const { port } = sink;
    await sink.close();
    expect(await sendBySmtp({ ...server(), port }, EMAIL, { signal: signal() })).toMatchObject({ state: 'blocked' });
    sink = await smtpSink();
  });

  test('a server that does not answer is given up', async () => {
    const outcome = await sendBySmtp(server(), EMAIL, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ state: 'blocked' });
    expect(sink.mails).toEqual([]);
  });
});

describe('TLS is verified, and never left out', () => {
  test.each(['starttls', 'implicit'] as const)('%s with a certificate of nobody is refused', async (tls) => {
    const own = await smtpSink({ secure: tls === 'implicit', disabledCommands: ['AUTH'] });
    const outcome = await sendBySmtp({ host: '127.0.0.1', port: own.port, tls }, EMAIL, { signal: signal() });
    expect(outcome).toMatchObject({ state: 'blocked', reason: expect.stringMatching(/certificate|self.signed/i) });
    expect(own.mails).toEqual([]);
    await own.close();
  });

  test('a server that cannot STARTTLS gets nothing, and no password', async () => {
    let logins = 0;
    const own = await smtpSink({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth(_auth, _session, done) {
        logins += 1;
        done(null, { user: 'x' });
      },
    });
    const login = { user: 'acme', password: 'secret' };
    const to = { host: '127.0.0.1', port: own.port, tls: 'starttls' as const, ...login };
    expect(await sendBySmtp(to, EMAIL, { signal: signal() })).toMatchObject({ state: 'blocked' });
    expect({ mails: own.mails.length, logins }).toEqual({ mails: 0, logins: 0 });
    await own.close();
  });
});

test('a login that is refused closes the way, and its password is not in the reason', async () => {
  const own = await smtpSink({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, done) => done(new Error(`no: ${password}`)),
  });
  const to = { host: '127.0.0.1', port: own.port, tls: 'none' as const, user: 'acme', password: 'planted-password' };
  const outcome = await sendBySmtp(to, EMAIL, { signal: signal() });
  expect(outcome).toMatchObject({ state: 'blocked', reason: expect.stringContaining('535') });
  expect(JSON.stringify(outcome)).not.toContain('planted');
  await own.close();
});
