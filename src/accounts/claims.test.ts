import { expect, test } from '@jest/globals';
import { claimsOf, claimsSchema } from './claims.ts';

test.each([
  ['name', 'Zoë Ångström', true],
  ['name', 'می\u200cخواهم', true],
  ['name', '', false],
  ['name', 'a\r\nBcc: eve@example.com', false],
  ['name', 'abc\u202egnp', false],
  ['name', 'x'.repeat(201), false],
  ['name', 7, false],
  ['picture', 'https://example.com/ada.png', true],
  ['picture', 'javascript:alert(1)', false],
  ['website', 'https://example.com/a b', false],
  ['birthdate', '1815-12-10', true],
  ['birthdate', '1815', true],
  ['birthdate', '0000-02-29', true],
  ['birthdate', '1815-02-29', false],
  ['birthdate', '10.12.1815', false],
  ['zoneinfo', 'Europe/Paris', true],
  ['zoneinfo', 'Europe/Atlantis', false],
  ['zoneinfo', '+01:00', false],
  ['locale', 'en-US', true],
  ['locale', 'en_US', true],
  ['locale', 'no language', false],
  ['phone_number', '+4930123456', true],
  ['phone_number', '+49301234;ext=12', true],
  ['phone_number', '030 123456', false],
  ['phone_number_verified', true, true],
  ['phone_number_verified', 'true', false],
  ['address', { street_address: '1 Main St\nFlat 2', country: 'FR' }, true],
  ['address', { street: '1 Main St' }, false],
  ['address', { formatted: 'a\0b' }, false],
  ['sub', 'x', false],
  ['roles', ['admin'], false],
])('%s %j: %p', (claim, value, fine) => {
  expect(claimsSchema.safeParse({ [claim]: value }).success).toBe(fine);
});

test('claims of a user', () => {
  const times = { createdAt: 1000, updatedAt: 2999 };
  const keys = { emailKey: 'ada@example.com', usernameKey: 'ada', passwordHash: 'x' };
  const own = { email: 'Ada@example.com', email_verified: true, username: 'ada', status: 'active' as const };
  const standing = { resetRequired: false, attributes: {}, roles: ['admin'], organizations: [] };
  expect(claimsOf({ id: 'u1', ...own, ...keys, ...times, ...standing, claims: { name: 'Ada' } })).toEqual({
    sub: 'u1',
    email: 'Ada@example.com',
    email_verified: true,
    name: 'Ada',
    updated_at: 2,
  });
});
