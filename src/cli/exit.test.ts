import { afterEach, expect, jest, test } from '@jest/globals';
import { badConfig, invalidInput, notFound, unavailable } from '../core/errors.ts';
import { report } from './exit.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

function reported(error: unknown, json: boolean) {
  const said: string[] = [];
  jest.spyOn(console, 'error').mockImplementation((text) => void said.push(String(text)));
  return { code: report(error, json), said: said.join('\n') };
}

const inUse = Object.assign(new Error('listen EADDRINUSE: address already in use :::3000'), {
  code: 'EADDRINUSE',
  syscall: 'listen',
  port: 3000,
});

test.each<[string, unknown, number, string]>([
  ['bad input', invalidInput('no such field'), 2, 'gatehouse: no such field'],
  ['bad settings', badConfig('PORT is bad'), 78, 'gatehouse: PORT is bad'],
  ['what is not there', notFound('tenant "x"'), 1, 'gatehouse: tenant "x" not found'],
  [
    'an outage, with its cause',
    unavailable('the embedded store', new Error('database or disk is full')),
    1,
    'gatehouse: the embedded store is unavailable: database or disk is full',
  ],
  ['a port in use', inUse, 1, 'gatehouse: the port 3000 is in use by another program: stop it, or set PORT to another'],
  [
    'a port that only root may have',
    Object.assign(new Error('listen EACCES'), { code: 'EACCES', syscall: 'listen', port: 80 }),
    1,
    'gatehouse: may not listen on port 80: this needs a privilege, set PORT to 1024 or above',
  ],
  [
    'an address of another machine',
    Object.assign(new Error('listen EADDRNOTAVAIL'), {
      code: 'EADDRNOTAVAIL',
      syscall: 'listen',
      address: '192.0.2.1',
    }),
    1,
    'gatehouse: this machine does not have the address 192.0.2.1: set HOST to one that it has, or leave it out for all',
  ],
  [
    'a host that is no name',
    Object.assign(new Error('getaddrinfo ENOTFOUND x.invalid'), {
      code: 'ENOTFOUND',
      syscall: 'getaddrinfo',
      hostname: 'x.invalid',
    }),
    1,
    'gatehouse: x.invalid is no known host (ENOTFOUND): is the name right, and can this machine resolve it?',
  ],
  ['a bug', new TypeError('x is not a function'), 1, 'gatehouse: x is not a function'],
])('%s', (_, error, code, said) => {
  expect(reported(error, false)).toEqual({ code, said });
  const json = reported(error, true);
  expect(json.code).toBe(code);
  expect(`gatehouse: ${JSON.parse(json.said).error.message}`).toBe(said);
});
