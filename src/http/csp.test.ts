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

test.each([
  [
    ['https://a.example/out?x', 'https://a.example/too', 'http://localhost:3000/'],
    '; frame-src https://a.example http://localhost:3000;',
  ],
  [['https://a;script-src.example/'], '; frame-src;'],
  [[], undefined],
])('frames of %j', (frames, expected) => {
  const policy = contentSecurityPolicy({ frames });
  if (expected) expect(policy).toContain(expected);
  else expect(policy).not.toContain('frame-src');
});

test('images come from declared hosts', () => {
  expect(contentSecurityPolicy({ images: ['https://cdn.example/logo.png'] })).toContain(
    "img-src 'self' data: https://cdn.example;",
  );
});
