import { expect, test } from '@jest/globals';
import { fakeTenant } from '../../test/support/hosted-pages.ts';
import { homeOf } from './home.ts';

const tenant = fakeTenant({ issuer: 'https://login.acme.example' });

test.each([
  [{}, undefined],
  [{ redirect_uris: ['https://app.example:8443/deep/callback?x=1'] }, 'https://app.example:8443/'],
  [{ redirect_uris: ['com.example.app:/cb', 'http://127.0.0.1/cb'], application_type: 'native' }, undefined],
  [
    { redirect_uris: ['com.example.app:/cb', 'https://app.example/cb'], application_type: 'native' },
    'https://app.example/',
  ],
  [{ redirect_uris: ['http://localhost:3000/cb'], application_type: 'native' }, undefined],
  [{ redirect_uris: ['http://localhost:3000/cb'] }, 'http://localhost:3000/'],
  [{ client_uri: 'https://app.example/', redirect_uris: ['https://cb.example/cb'] }, 'https://app.example/'],
  [
    { client_uri: 'https://app.example/', initiate_login_uri: 'https://app.example/login' },
    'https://app.example/login?iss=https%3A%2F%2Flogin.acme.example',
  ],
  [
    { initiate_login_uri: 'https://app.example/login?iss=https://evil.example&a=b' },
    'https://app.example/login?iss=https%3A%2F%2Flogin.acme.example&a=b',
  ],
])('%j: %s', (metadata, uri) => {
  expect(homeOf(tenant, { id: 'web', metadata, createdAt: 0 })).toEqual(uri && { name: 'web', uri });
});

test('by its name', () => {
  const metadata = { client_name: 'Paper Boat', client_uri: 'https://boat.example/' };
  expect(homeOf(tenant, { id: 'web', metadata, createdAt: 0 })?.name).toBe('Paper Boat');
});
