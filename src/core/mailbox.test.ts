import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isMailbox } from './mailbox.ts';

test.each([
  'ada@example.com',
  'a+b.c@x.example',
  "o'neil@example.com",
  'jörg@bücher.example',
  '用户@例え.jp',
  'a@localhost',
])('%s is one', (text) => expect(isMailbox(text)).toBe(true));

test.each([
  '',
  'ada',
  '@example.com',
  'ada@',
  'ada@example.com,eve@example.com',
  'ada@example.com eve',
  'Ada <ada@example.com>',
  '"ada@evil.example x"@example.com',
  'ada@example.com\r\nBcc: eve@example.com',
  'ada\u0000@example.com',
  'ada\u202e@example.com',
  'ada@[127.0.0.1]',
  'ada@exa mple.com',
  `${'x'.repeat(65)}@example.com`,
  `a@${'x'.repeat(260)}.example`,
])('%j is none', (text) => expect(isMailbox(text)).toBe(false));

test('none has what ends a header or a command', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (local, domain) => {
      const text = `${local}@${domain}`;
      if (isMailbox(text)) expect(text).not.toMatch(/[\s,;<>"()\p{Cc}]/u);
    }),
  );
});
