import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { parseForm, readForm } from './form.ts';

describe('parseForm', () => {
  test.each([
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=x+y%20z', { a: 'x y z' }],
    ['a=b=c', { a: 'b=c' }],
    ['a', { a: '' }],
    ['', {}],
    ['&&a=1&', { a: '1' }],
    ['p%C3%A4ss=%F0%9F%94%91', { päss: '🔑' }],
    ['päss=wört', { päss: 'wört' }],
    [
      '__proto__=1&constructor=2',
      Object.fromEntries([
        ['__proto__', '1'],
        ['constructor', '2'],
      ]),
    ],
    ['a%5Bb%5D=1', { 'a[b]': '1' }],
  ])('%s', (body, expected) => {
    expect([...parseForm(Buffer.from(body))]).toEqual(Object.entries(expected));
  });

  test.each([
    ['a field twice', 'a=1&a=2', 'given twice'],
    ['twice by another spelling', 'a=1&%61=2', 'given twice'],
    ['NUL in a value', 'a=x%00y', 'NUL'],
    ['NUL in a name', 'a%00=1', 'NUL'],
    ['a lone surrogate', 'a=%ED%A0%80', 'percent-encoding'],
    ['overlong UTF-8', 'a=%C0%AF', 'percent-encoding'],
    ['half an escape', 'a=%4', 'percent-encoding'],
    ['more than 100 fields', Array.from({ length: 101 }, (_, i) => `f${i}=`).join('&'), '100 fields'],
  ])('refuses %s', (_, body, message) => {
    expect(() => parseForm(Buffer.from(body))).toThrow(message);
  });

  test('refuses bytes that are not UTF-8', () => {
    expect(() => parseForm(Buffer.from([0x61, 0x3d, 0xed, 0xa0, 0x80]))).toThrow('UTF-8');
  });
});

describe('readForm', () => {
  const request = (headers: Record<string, string>, body: string) =>
    Object.assign(Readable.from([Buffer.from(body)]), { headers }) as unknown as Parameters<typeof readForm>[0];
  const type = 'application/x-www-form-urlencoded';

  test.each([type, `${type}; charset=UTF-8`, `${type.toUpperCase()};charset="utf-8"`])(
    'takes %s',
    async (contentType) => {
      expect((await readForm(request({ 'content-type': contentType }, 'a=1'))).get('a')).toBe('1');
    },
  );

  test.each([
    ['JSON', { 'content-type': 'application/json' }, '{}', 415],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }, '', 415],
    ['plain text, as a foreign form can send it', { 'content-type': 'text/plain' }, 'a=1', 415],
    ['no type', {}, 'a=1', 415],
    ['another charset', { 'content-type': `${type}; charset=utf-16` }, 'a=1', 415],
    ['a compressed body', { 'content-type': type, 'content-encoding': 'gzip' }, 'a=1', 415],
    ['a body announced as too large', { 'content-type': type, 'content-length': '57345' }, '', 413],
    ['a body that is too large', { 'content-type': type }, `a=${'x'.repeat(57_343)}`, 413],
  ])('refuses %s', async (_, headers, body, status) => {
    await expect(readForm(request(headers, body))).rejects.toMatchObject({ status });
  });

  test('takes as much as is allowed', async () => {
    expect((await readForm(request({ 'content-type': type }, `a=${'x'.repeat(57_342)}`))).size).toBe(1);
  });
});
