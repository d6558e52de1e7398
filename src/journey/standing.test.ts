import { expect, test } from '@jest/globals';
import { factsFrom, proofsOf } from '../../test/support/journey-notation.ts';
import { aalNow, pausesAfter, proofsInForce, proofsThatCount } from './standing.ts';

/** NIST SP 800-63B-4: level 1 for 30 days, level 2 for 24 h and 1 h without use, level 3 for 12 h and 15 min (T114). */
test.each<[string, number]>([
  ['session key@1h seen@15m', 3],
  ['session key@1h seen@901s', 2],
  ['session key@12h', 3],
  ['session key@43201s', 2],
  ['session key@20h seen@1h', 2],
  ['session key@20h seen@3601s', 1],
  ['session key@24h', 2],
  ['session key@86401s', 1],
  ['session key@30d seen@14d', 1],
  ['session key@30d seen@15d', 0],
  ['session key@31d', 0],
  // One of the two that level 2 rests on is too old.
  ['session pwd@2h totp@25h', 1],
  ['session pwd@25h totp@2h', 1],
  ['session pwd@23h totp@23h', 2],
  // What lapsed before the last use stays so.
  ['session key@1h, pauses 5m 20m', 2],
  ['session key@1h, pauses 2h 2h', 1],
  // For who has shorter times, a pause that was none for others counts, too.
  ['session pwd@2h totp@2h, pauses 20m 20m, idle 2 20m', 2],
  ['session pwd@2h totp@2h, pauses 20m 20m, idle 2 19m', 1],
  ['session pwd@2h totp@2h, pauses 20m 20m, idle 2 19m, did pwd', 2],
  ['session pwd@2h, pauses 20m 20m, idle 1 19m', 0],
  ['session pwd@2h totp@2h, absolute 1 1h', 0],
  ['session pwd@2h totp@30m, absolute 2 1h', 1],
  // A proof makes an idle session of level 2 new, and one of level 3 only where it is of that level.
  ['session pwd@2h totp@2h seen@2h', 1],
  ['session pwd@2h totp@2h seen@2h, did pwd', 2],
  ['session pwd@2h totp@2h, pauses 2h 2h, did totp', 2],
  ['session key@1h seen@20m, did pwd', 2],
  ['session pwd@1h key@1h seen@20m, did key', 3],
  ['session key@1h, pauses 5m 20m, did pwd', 2],
  // What has ended does not come back with it.
  ['session pwd@20d totp@20d seen@15d, did pwd', 1],
  ['session pwd@1h totp@1h, of eve, did pwd', 1],
  ['session pwd@1h totp@1h, of eve', 0],
  // What the policy does not allow is not there.
  ['session pwd totp, second key', 1],
  ['session pwd totp, first key, second totp', 1],
  ['session pwd totp, first key, second', 0],
  ['did pwd mail', 1],
  ['', 0],
])('%s: level %i', (facts, level) => expect(aalNow(factsFrom(`has pwd, ${facts}`))).toBe(level));

test('of one factor the newest proof is in force', () => {
  const facts = factsFrom('has pwd, session pwd@2h totp@1h, did totp pwd');
  expect(proofsInForce(facts)).toEqual(proofsOf('totp pwd'));
});

test('all that are in force are kept, those that the policy allows count', () => {
  const facts = factsFrom('has pwd, session pwd@2h sms@1h, did totp');
  expect(proofsInForce(facts)).toEqual(proofsOf('pwd@2h sms@1h totp'));
  expect(proofsThatCount(facts)).toEqual(proofsOf('pwd@2h totp'));
});

test('a session of whom nothing is known proves nothing', () => {
  expect(proofsInForce({ ...factsFrom('session pwd'), account: undefined })).toEqual([]);
});

test('a session that began anew was not left alone', () => {
  expect(pausesAfter(factsFrom('has pwd, session pwd@2h, pauses 2h 2h, of eve, did pwd'))).toEqual({
    proof: 0,
    aal3: 0,
  });
});
