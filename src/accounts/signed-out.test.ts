import { expect, test } from '@jest/globals';
import type { User } from './record.ts';
import { signedOut } from './signed-out.ts';

const user = { email: 'ada@example.com' } as User;

test.each([
  ['the first', {}, 7, undefined, { signedOutAt: 7 }],
  ['a later one', { signedOutAt: 5 }, 7, undefined, { signedOutAt: 7 }],
  ['one of the same moment', { signedOutAt: 7 }, 7, undefined, { signedOutAt: 8 }],
  ['one by a clock that is behind', { signedOutAt: 9 }, 7, undefined, { signedOutAt: 10 }],
  ['one that leaves a session', { signedOutAt: 5 }, 7, 's', { signedOutAt: 7, signedOutExcept: 's' }],
  ['one after that, of all', { signedOutAt: 5, signedOutExcept: 's' }, 7, undefined, { signedOutAt: 7 }],
])('%s', (_, before, now, except, after) => {
  expect(signedOut({ ...user, ...before }, now, except)).toEqual({ ...user, ...after });
});
