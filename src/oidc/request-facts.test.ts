import { expect, test } from '@jest/globals';
import { policyOfClient, requestFacts } from './request-facts.ts';

const acr = (claim: unknown) => JSON.stringify({ id_token: { acr: claim } });

test.each<[string, Record<string, unknown>, string[]]>([
  ['no wish', {}, []],
  ['acr_values, best first', { acr_values: 'top  high' }, ['top', 'high']],
  ['an essential value', { claims: acr({ essential: true, value: 'top' }) }, ['top']],
  ['essential values', { claims: acr({ essential: true, values: ['top', 'high'] }) }, ['top', 'high']],
  [
    'what is essential, not what is welcome',
    { claims: acr({ essential: true, value: 'top' }), acr_values: 'low' },
    ['top'],
  ],
  ['what is not essential, too', { claims: acr({ values: ['top'] }), acr_values: 'high top' }, ['top', 'high']],
  ['an essential claim of any value', { claims: acr({ essential: true }), acr_values: 'high' }, ['high']],
  ['a claim without a wish', { claims: acr(null) }, []],
  ['claims of something else', { claims: '{"id_token":null,"userinfo":{"email":null}}' }, []],
  ['values that are none', { claims: acr({ essential: true, values: [1, null, 'high'] }) }, ['high']],
])('acr: %s', (_, params, wanted) => expect(requestFacts(params).acrValues).toEqual(wanted));

test.each<[Record<string, unknown>, string[], object]>([
  [{ max_age: 0 }, [], { maxAge: 0, again: false, create: false }],
  [{ max_age: '60' }, ['max_age'], { maxAge: 60, again: false }],
  [{}, ['login_prompt'], { again: true }],
  [{}, ['id_token_hint'], { again: true }],
  [{}, ['no_session'], { again: false }],
  [{}, ['create_prompt'], { create: true }],
])('%j for %j', (params, reasons, expected) => {
  expect(requestFacts(params, reasons)).toMatchObject(expected);
  expect('maxAge' in requestFacts(params, reasons)).toBe('max_age' in params);
});

test('the policy of a client is its metadata, or none', () => {
  expect(policyOfClient({ authentication_policy: { mfa: 'required' } })).toEqual({ mfa: 'required' });
  expect(policyOfClient({})).toBeUndefined();
  expect(() => policyOfClient({ authentication_policy: { mfa: 'sometimes' } })).toThrow();
});
