import { expect, test } from '@jest/globals';
import { tenantSettings } from '../settings.ts';

const rule = { client_id: 'deployer', subject: 'repo:a/b', resources: [{ resource: 'https://api.example' }] };
const issuer = { issuer: 'https://ci.example', jwks_uri: 'https://ci.example/jwks', rules: [rule] };
const key = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };
const problemsOf = (trusted: unknown) => tenantSettings.safeParse({ trusted_issuers: trusted }).error?.issues ?? [];

test('an issuer has its keys at an address or in the settings', () => {
  expect(problemsOf([issuer])).toEqual([]);
  expect(problemsOf([{ ...issuer, jwks_uri: undefined, jwks: { keys: [key] } }])).toEqual([]);
  expect(problemsOf([{ ...issuer, rules: [{ ...rule, subject: undefined, claims: { ref: ['a', 'b'] } }] }])).toEqual(
    [],
  );
});

test.each([
  ['no keys', { jwks_uri: undefined }, /either jwks_uri or jwks/],
  ['keys at two places', { jwks: { keys: [key] } }, /either jwks_uri or jwks/],
  ['keys over plain http', { jwks_uri: 'http://ci.example/jwks' }, /https/],
  ['a private key', { jwks_uri: undefined, jwks: { keys: [{ ...key, d: 'd' }] } }, /public/],
  ['a secret for a key', { jwks_uri: undefined, jwks: { keys: [{ kty: 'oct', k: 'k' }] } }, /RSA/],
  ['a symmetric algorithm', { algorithms: ['HS256'] }, /RS256/],
  ['no algorithm', { algorithms: [] }, /1/],
  ['no rule', { rules: [] }, /1/],
  ['a rule for every assertion', { rules: [{ ...rule, subject: undefined }] }, /which assertions/],
  ['a rule for no API', { rules: [{ ...rule, resources: [] }] }, /1/],
  ['a life of two days', { max_lifetime: 172_800 }, /86400/],
  ['an unknown field', { trust: true }, /trust/],
])('%s is refused', (_name, change, message) => {
  const problems = problemsOf([{ ...issuer, ...change }]).map((problem) => problem.message);
  expect(problems).toContainEqual(expect.stringMatching(message));
});

test('an issuer is named once', () => {
  expect(problemsOf([issuer, issuer]).map(({ message }) => message)).toEqual(['must not name an issuer twice']);
});
