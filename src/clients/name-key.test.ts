import { expect, test } from '@jest/globals';
import { claimsAuthority, nameKey } from './name-key.ts';

test.each([
  ['Acme', 'Acme Login'],
  ['Acme', 'The official ACME app'],
  ['Acme', 'Аcmе support team'],
  ['Acme', 'AcmeSignIn'],
  ['Acme', 'Acme, Inc.'],
])('%s is remembered like %s', (one, other) => {
  expect(nameKey(other)).toBe(nameKey(one));
});

test.each(['Acme Bank', 'Acmes'])('Acme is not remembered like %s', (other) => {
  expect(nameKey(other)).not.toBe(nameKey('Acme'));
});

test.each<[string, boolean]>([
  ['Admin', true],
  ['Adrnin', true],
  ['4dm1n', true],
  ['Security Team', true],
  ['Account Security', true],
  ['My account', true],
  ['My app', false],
  ['Web', false],
  ['My service', false],
  ['Security Camera', false],
  ['OIDC conformance test client', false],
])('%s claims authority: %s', (name, claims) => {
  expect(claimsAuthority(name)).toBe(claims);
});

test.each([undefined, 42, '', 'My app', '!!!'])('%j is no name', (name) => {
  expect(nameKey(name)).toBeUndefined();
});
