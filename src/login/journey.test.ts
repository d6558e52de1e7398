import { expect, test } from '@jest/globals';
import type { FactorName } from '../factors/proof.ts';
import type { Ground } from '../journey/ground.ts';
import { type Journey, withProof } from './journey.ts';

const begun: Journey = { proofs: [], passed: ['create'], identifier: 'ada', remember: true };
const proven = (journey: Journey, accountId: string, factor: FactorName, ground: Ground, at = 1) =>
  withProof(journey, { accountId, proof: { factor, at }, ground });
const factorsOf = ({ proofs }: Journey) => proofs.map(({ factor }) => factor);

const before: Ground = { signedOutAt: 5, session: 's' };
const first = proven(begun, 'ada', 'password', before);

test('the first proof leaves what was done before', () => {
  expect(first).toEqual({ ...begun, accountId: 'ada', ground: before, proofs: [{ factor: 'password', at: 1 }] });
});

test('one more is added, a newer one of the same factor takes its place', () => {
  const both = proven(first, 'ada', 'totp', before);
  expect(factorsOf(both)).toEqual(['password', 'totp']);
  expect(proven(both, 'ada', 'password', before, 2).proofs).toEqual([
    { factor: 'totp', at: 1 },
    { factor: 'password', at: 2 },
  ]);
});

test.each<[string, string, Ground]>([
  ['another account', 'eve', before],
  ['an account that was signed out', 'ada', { signedOutAt: 6, session: 's' }],
  ['an account whose session has ended', 'ada', { signedOutAt: 5 }],
])('%s begins anew: nothing but the wish to be remembered is left', (_, accountId, ground) => {
  const next = proven({ ...first, trustedDevice: 'd' }, accountId, 'totp', ground);
  expect(next).toEqual({ accountId, ground, proofs: [{ factor: 'totp', at: 1 }], passed: [], remember: true });
});

test('who has ended all other sessions goes on', () => {
  const ground = { signedOutAt: 6, except: 's', session: 's' };
  const next = proven(first, 'ada', 'totp', ground);
  expect(next).toMatchObject({ identifier: 'ada', ground, proofs: [{ factor: 'password' }, { factor: 'totp' }] });
});

test('what was looked at before the account was signed out does not undo what another tab has begun since', () => {
  const since = proven(begun, 'ada', 'password', { signedOutAt: 6 });
  expect(proven(since, 'ada', 'totp', { signedOutAt: 5 })).toBe(since);
});
