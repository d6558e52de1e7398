import { expect, test } from '@jest/globals';
import { mailTarget, smsTarget } from './transports.ts';

test.each<[string, object]>([
  ['smtp://mail.example', { kind: 'smtp', host: 'mail.example', port: 587, tls: 'starttls' }],
  ['smtps://mail.example', { kind: 'smtp', host: 'mail.example', port: 465, tls: 'implicit' }],
  ['smtp://localhost:2525', { kind: 'smtp', host: 'localhost', port: 2525, tls: 'none' }],
  ['smtp://localhost:2525?tls=starttls', { kind: 'smtp', host: 'localhost', port: 2525, tls: 'starttls' }],
  ['smtp://mail.example:25?tls=none', { kind: 'smtp', host: 'mail.example', port: 25, tls: 'none' }],
  ['smtp://[2001:db8::1]', { kind: 'smtp', host: '2001:db8::1', port: 587, tls: 'starttls' }],
  [
    'smtp://a%40b:p%2Fw%3A@mail.example',
    { kind: 'smtp', host: 'mail.example', port: 587, tls: 'starttls', user: 'a@b', password: 'p/w:' },
  ],
  ['file:./mails', { kind: 'file', folder: './mails' }],
  ['file:///var/mails', { kind: 'file', folder: '/var/mails' }],
  ['console:', { kind: 'console' }],
])('mail: %s', (value, target) => expect(mailTarget.parse(value)).toEqual(target));

test.each<[string, object]>([
  ['https://sms.example/hook', { kind: 'webhook', url: 'https://sms.example/hook' }],
  [
    'twilio://AC1:token@api.twilio.com?from=+15005550006',
    { kind: 'twilio', url: 'https://api.twilio.com', account_sid: 'AC1', auth_token: 'token', from: '+15005550006' },
  ],
  ['file:x', { kind: 'file', folder: 'x' }],
  ['console:', { kind: 'console' }],
])('text messages: %s', (value, target) => expect(smsTarget.parse(value)).toEqual(target));

test.each([
  '',
  'x',
  'file:',
  'console',
  'smtp:',
  'smtp://',
  'smtp://h#x',
  'smtp://h?tls=maybe',
  'smtp://u:@h',
  'ftp://h',
])('no place for mail: %j', (value) => expect(mailTarget.safeParse(value).success).toBe(false));

test.each(['', 'x', 'https://u:p@h/', 'twilio://a:b@h', 'twilio://h?from=1', 'smtp://h'])(
  'no place for text messages: %j',
  (value) => expect(smsTarget.safeParse(value).success).toBe(false),
);
