import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { networks } from '../core/networks.ts';
import { originOf } from './client-address.ts';

const isProxy = networks(['10.0.0.0/8', '::1']);

const request = (remoteAddress: string | undefined, headers: Record<string, string> = {}, socket = {}) =>
  ({
    socket: { remoteAddress, ...socket },
    headers: { host: 'Login.Example', ...headers },
  }) as unknown as IncomingMessage;

describe('the address of a client', () => {
  const cases: [string, string, string | undefined, string][] = [
    ['nobody forwards', '203.0.113.9', undefined, '203.0.113.9'],
    ['a stranger claims to forward', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a proxy forwards', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a proxy by its mapped address', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a proxy by IPv6', '::1', '2001:db8::1', '2001:db8::1'],
    ['two proxies', '10.0.0.1', '198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['what came before the last stranger is hearsay', '10.0.0.1', '127.0.0.1, 10.9.9.9, 198.51.100.1', '198.51.100.1'],
    ['a mapped hop', '10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['only proxies: the first of them', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['a proxy for itself', '10.0.0.1', undefined, '10.0.0.1'],
    ['an empty header', '10.0.0.1', ' , ,', '10.0.0.1'],
    ['no address', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['a word is no more than its proxy says of it', '10.0.0.1', '198.51.100.1, unknown, 10.0.0.2', '10.0.0.2'],
    ['a text', '10.0.0.1', "198.51.100.1'; drop table", '10.0.0.1'],
    ['an address with a port', '10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['an IPv6 address with a port', '10.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
  ];
  test.each(cases)('%s', (_name, peer, forwarded, ip) => {
    const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    expect(originOf(request(peer, headers), isProxy).ip).toBe(ip);
  });

  test('a socket that is gone has none', () => {
    expect(originOf(request(undefined), isProxy).ip).toBe('');
  });
});

describe('host and protocol', () => {
  const forwarded = { 'x-forwarded-host': 'Acme.Example', 'x-forwarded-proto': 'https' };
  test.each([
    ['of a plain request', '203.0.113.9', {}, {}, 'login.example', 'http'],
    ['of one over TLS', '203.0.113.9', {}, { encrypted: true }, 'login.example', 'https'],
    ['as a stranger wants them', '203.0.113.9', forwarded, {}, 'login.example', 'http'],
    ['as a proxy says', '10.0.0.1', forwarded, {}, 'acme.example', 'https'],
    [
      'as the last of several proxies says',
      '10.0.0.1',
      { 'x-forwarded-host': 'evil.example, acme.example', 'x-forwarded-proto': 'http,https' },
      {},
      'acme.example',
      'https',
    ],
    ['with the port of the scheme', '203.0.113.9', { host: 'a.example:80' }, {}, 'a.example', 'http'],
    ['with the port of the other scheme', '203.0.113.9', { host: 'a.example:443' }, {}, 'a.example:443', 'http'],
    [
      'with the port of the forwarded scheme',
      '10.0.0.1',
      { 'x-forwarded-host': 'a.example:443', 'x-forwarded-proto': 'https' },
      {},
      'a.example',
      'https',
    ],
    ['of a proxy that says nothing', '10.0.0.1', {}, {}, 'login.example', 'http'],
  ])('%s', (_name, peer, headers, socket, host, protocol) => {
    expect(originOf(request(peer, headers, socket), isProxy)).toMatchObject({ host, protocol });
  });

  test('without a Host header there is none', () => {
    const headless = { socket: { remoteAddress: '203.0.113.9' }, headers: {} } as unknown as IncomingMessage;
    expect(originOf(headless, isProxy).host).toBe('');
  });
});
