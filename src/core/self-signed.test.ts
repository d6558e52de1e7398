import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { selfSigned } from './self-signed.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

test.each([
  ['2026-11-28T00:00:00Z', '2037-11-28T12:30:59Z'],
  ['2049-12-31T23:59:59Z', '2050-01-01T00:00:00Z'],
])('is good from %s until %s, by its own key', (from, until) => {
  const pem = selfSigned(privateKey, { name: 'login.exämple', from: Date.parse(from), until: Date.parse(until) });
  const certificate = new X509Certificate(pem);
  expect(certificate.validFromDate.getTime()).toBe(Date.parse(from));
  expect(certificate.validToDate.getTime()).toBe(Date.parse(until));
  expect(certificate.verify(publicKey)).toBe(true);
  expect(certificate.checkIssued(certificate)).toBe(true);
  expect(certificate.publicKey.equals(publicKey)).toBe(true);
  expect(certificate.subject).toBe('CN=login.exämple');
});

test('no two have the same number', () => {
  const number = () => new X509Certificate(selfSigned(privateKey, { name: 'a', from: 0, until: 1000 })).serialNumber;
  expect(number()).not.toBe(number());
});
