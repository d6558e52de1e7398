import { expect, test } from '@jest/globals';
import { parseAddress } from './address.ts';

const a = { host: 'a', port: 6379 };
const plain = {
  mode: 'single',
  tls: false,
  nodes: [a],
  username: undefined,
  password: undefined,
  master: undefined,
  db: 0,
};

test.each([
  ['redis://a', {}],
  ['redis://a:6379/3', { db: 3 }],
  ['redis://a/', {}],
  ['rediss://u:p%40:q@a', { tls: true, username: 'u', password: 'p@:q' }],
  ['redis://:secret@a', { password: 'secret' }],
  ['redis://[::1]:7000', { nodes: [{ host: '::1', port: 7000 }] }],
  ['redis+cluster://a,b:2', { mode: 'cluster', nodes: [a, { host: 'b', port: 2 }] }],
  ['rediss+cluster://a', { mode: 'cluster', tls: true }],
  [
    'redis+sentinel://a,b:2/main',
    {
      mode: 'sentinel',
      master: 'main',
      nodes: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 2 },
      ],
    },
  ],
])('%s', (url, expected) => {
  expect(parseAddress(url)).toEqual({ ...plain, ...expected });
});

test.each([
  '',
  'http://a',
  'redis://',
  'redis://:hush@',
  'redis://u:hush@a,b',
  'redis://a/x',
  'redis+cluster://a/1',
  'redis+sentinel://a:1',
  'redis+sentinel://a:1/',
  'redis://a:b:c',
  'redis://a:999999',
])('%p is refused, and not shown', (url) => {
  expect(() => parseAddress(url)).toThrow(/not of the form redis:/);
  expect(() => parseAddress(url)).not.toThrow(/hush/);
});
