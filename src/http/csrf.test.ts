import { describe, expect, test } from '@jest/globals';
import { fakeTenant } from '../../test/support/hosted-pages.ts';
import { csrfToken, refuseForeignToken, refuseOtherOrigins } from './csrf.ts';

const tenant = fakeTenant({ issuer: 'https://login.example/t/acme' });

describe('refuseOtherOrigins', () => {
  const check = (headers: Record<string, string>) => () =>
    refuseOtherOrigins({ get: (name: string) => headers[name] ?? '' }, tenant);

  test.each<Record<string, string>>([
    { Origin: 'https://login.example' },
    { Origin: 'https://login.example', 'Sec-Fetch-Site': 'same-origin' },
    { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'none' },
    {},
  ])('lets pass %j', (headers) => expect(check(headers)).not.toThrow());

  test.each<Record<string, string>>([
    { Origin: 'https://evil.example' },
    { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' },
    { Origin: 'http://login.example' },
    { Origin: 'https://login.example:8443' },
    { Origin: 'https://login.example.evil.example' },
    { Origin: 'https://login.example/t/acme' },
    { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ])('refuses %j', (headers) => expect(check(headers)).toThrow(expect.objectContaining({ status: 403 })));
});

describe('refuseForeignToken', () => {
  const token = csrfToken(tenant, 'uid1');

  test('takes its own', () => expect(() => refuseForeignToken(tenant, 'uid1', token)).not.toThrow());

  test.each([
    ['none', undefined],
    ['an empty one', ''],
    ['a cut one', token.slice(1)],
    ["another interaction's", csrfToken(tenant, 'uid2')],
    ["another tenant's", csrfToken(fakeTenant({ issuer: 'https://login.example/t/other' }), 'uid1')],
  ])('refuses %s', (_, foreign) => {
    expect(() => refuseForeignToken(tenant, 'uid1', foreign)).toThrow(
      expect.objectContaining({ code: 'csrf_refused' }),
    );
  });
});
