import { expect, test } from '@jest/globals';
import { loadMessages } from '../core/messages.ts';
import { LOCALES, tenantSettings } from './settings.ts';

const api = { indicator: 'https://api.example.com' };

test.each<[object, string, RegExp]>([
  [{ locales: { supported: ['en', 'sv'] } }, 'locales.supported.1', /"en"\|"de"/],
  [{ locales: { supported: ['en', 'en'] } }, 'locales.supported', /twice/],
  [{ locales: { supported: ['de'], default: 'en' } }, 'locales.default', /supported/],
  [{ resources: [api, { ...api, name: 'again' }] }, 'resources.1.indicator', /resources\/0/],
  [{ resources: [{ ...api, signing_alg: 'EdDSA' }] }, 'resources.0.signing_alg', /RS256, ES256/],
  [{ resources: [{ ...api, name: 'a\u202eb' }] }, 'resources.0.name', /text-direction/],
  [{ signing: { algorithms: ['ES256', 'ES256'] } }, 'signing.algorithms', /twice/],
  [{ branding: { display_name: ' ' } }, 'branding.display_name', /blank/],
])('%j is refused', (settings, path, message) => {
  const issues = tenantSettings.safeParse(settings).error?.issues ?? [];
  expect(issues.map((issue) => [issue.path.join('.'), issue.message])).toEqual([
    [path, expect.stringMatching(message)],
  ]);
});

test.each([
  {},
  { locales: { supported: ['de'] } },
  { locales: { default: 'de' } },
  { signing: { algorithms: ['EdDSA'] }, resources: [{ ...api, signing_alg: 'EdDSA' }] },
])('%j is fine', (settings) => {
  expect(tenantSettings.safeParse(settings).error).toBeUndefined();
});

test('there is a catalogue for each locale, and a locale for each catalogue', () => {
  expect([...LOCALES].sort()).toEqual(loadMessages().locales.sort());
});
