import { expect, test } from '@jest/globals';
import { contentSecurityPolicy } from './csp.ts';

const formAction = (...uris: string[]) => /form-action (.*)$/.exec(contentSecurityPolicy({ formAction: uris }))?.[1];

test('allows nothing that is not our own', () => {
  expect(contentSecurityPolicy()).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
  );
});

test.each([
  ['where a redirect leads', 'https://app.example:8443/cb?x=1', "'self' https://app.example:8443"],
  ['not what would end the directive', 'https://a;script-src.example', "'self'"],
])('form-action names %s', (_, uri, expected) => expect(formAction(uri)).toBe(expected));

test('names an origin once', () => {
  expect(formAction('https://a.example/1', 'https://a.example/2')).toBe("'self' https://a.example");
});

test('images come from declared hosts', () => {
  expect(contentSecurityPolicy({ images: ['https://cdn.example/logo.png'] })).toContain(
    "img-src 'self' data: https://cdn.example;",
  );
});
