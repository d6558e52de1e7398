import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { derive, open, seal } from './sealing.ts';

const key = randomBytes(32);
const CONTEXT = 'signing key acme k1';
const sealed = seal(key, 'secret', CONTEXT);
const [version, iv, tag, body] = sealed.split('.') as [string, string, string, string];
const REFUSED = /cannot open the sealed signing key acme k1: wrong master key, or a damaged value/;

test('what was sealed is opened again, whatever it is; the same is never sealed to the same', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string(), (plain, context) => {
      const made = seal(key, Buffer.from(plain), context);
      expect(open(key, made, context)).toEqual(Buffer.from(plain));
      expect(seal(key, Buffer.from(plain), context)).not.toBe(made);
    }),
  );
  expect(open(key, seal(key, 'Söhne', CONTEXT), CONTEXT).toString()).toBe('Söhne');
  expect(Buffer.from(sealed).includes('secret')).toBe(false);
});

const cut = (text: string, bytes: number) => Buffer.from(text, 'base64url').subarray(0, bytes).toString('base64url');
const flip = (text: string) => {
  const bytes = Buffer.from(text, 'base64url');
  bytes[0]! ^= 1;
  return bytes.toString('base64url');
};
test.each([
  ['under another key', sealed, randomBytes(32), CONTEXT],
  ['under a key derived from it', sealed, derive(key, 'any'), CONTEXT],
  ['a changed text', [version, iv, tag, flip(body)].join('.'), key, CONTEXT],
  ['a changed nonce', [version, flip(iv), tag, body].join('.'), key, CONTEXT],
  ['a changed tag', [version, iv, flip(tag), body].join('.'), key, CONTEXT],
  ...[15, 12, 8, 4, 0].map((bytes): [string, string, Buffer, string] => [
    `a tag of ${bytes} bytes`,
    [version, iv, cut(tag, bytes), body].join('.'),
    key,
    CONTEXT,
  ]),
  ['a shortened text', [version, iv, tag, cut(body, 3)].join('.'), key, CONTEXT],
  ['another version', sealed.replace('v1', 'v2'), key, CONTEXT],
  ['no version', [iv, tag, body].join('.'), key, CONTEXT],
  ['nothing', '', key, CONTEXT],
  ['the plain text', 'secret', key, CONTEXT],
])('does not open: %s', (_name, text, with_, context) => {
  expect(() => open(with_, text, context)).toThrow(expect.objectContaining({ code: 'bad_config' }));
  expect(() => open(with_, text, context)).toThrow(REFUSED);
});

test('does not open where it was moved to: another tenant, another record', () => {
  for (const context of ['signing key globex k1', 'signing key acme k2', '', `${CONTEXT} `])
    expect(() => open(key, sealed, context)).toThrow(expect.objectContaining({ code: 'bad_config' }));
});

test('derived keys: 256 bits, the same for the same purpose, and none tells another', () => {
  const keys = ['cookies', 'csrf', 'csrf '].map((purpose) => derive(key, purpose).toString('hex'));
  expect(new Set(keys).size).toBe(3);
  expect(keys[0]).toHaveLength(64);
  expect(derive(Buffer.from(key), 'cookies').toString('hex')).toBe(keys[0]);
  expect(derive(randomBytes(32), 'cookies').toString('hex')).not.toBe(keys[0]);
});
