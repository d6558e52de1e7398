import { expect, test } from '@jest/globals';
import { securityHeaders } from './security-headers.ts';

test('every response carries them', () => {
  expect(securityHeaders('http://localhost:3000/t/acme')).toMatchObject({
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': expect.stringContaining('camera=()'),
    'X-Permitted-Cross-Domain-Policies': 'none',
  });
});

test('browsers are held to https only where the issuer is', () => {
  const header = 'Strict-Transport-Security';
  expect(securityHeaders('https://login.example/t/acme')).toHaveProperty(header);
  expect(securityHeaders('http://localhost:3000/t/acme')).not.toHaveProperty(header);
});

test('no response pays for making them', () => {
  expect(securityHeaders('https://a.example')).toBe(securityHeaders('https://b.example'));
  expect(Object.isFrozen(securityHeaders('https://a.example'))).toBe(true);
});
