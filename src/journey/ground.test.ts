import { expect, test } from '@jest/globals';
import { type Ground, groundOf, holds, isOver } from './ground.ts';

const NOW = { signedOutAt: 7 };

test.each<[string, Ground | undefined, Ground, boolean]>([
  ['nothing has ended, ever', { signedOutAt: 0 }, { signedOutAt: 0 }, true],
  ['nothing has ended since', NOW, NOW, true],
  ['all has ended since', NOW, { signedOutAt: 8 }, false],
  ['a clock that was ahead: not the time counts', { signedOutAt: 9 }, { signedOutAt: 8 }, false],
  ['of what it stood on nothing is known', undefined, { signedOutAt: 0 }, false],
  ['the session goes on', { ...NOW, session: 's' }, { ...NOW, session: 's' }, true],
  ['the session has ended', { ...NOW, session: 's' }, NOW, false],
  ['another session is there', { ...NOW, session: 's' }, { ...NOW, session: 't' }, false],
  ['a session has begun meanwhile', NOW, { ...NOW, session: 's' }, true],
  ['this session has ended all others', { ...NOW, session: 's' }, { signedOutAt: 8, except: 's', session: 's' }, true],
  ['and had begun meanwhile', NOW, { signedOutAt: 8, except: 's', session: 's' }, true],
  [
    'another session has ended all others',
    { ...NOW, session: 's' },
    { signedOutAt: 8, except: 't', session: 's' },
    false,
  ],
  ['one that is not here has', NOW, { signedOutAt: 8, except: 't' }, false],
])('%s', (_, then, now, good) => expect(holds(then, now)).toBe(good));

test('an account of which nothing was ended, and one whose other sessions were', () => {
  expect(groundOf({}, undefined)).toEqual({ signedOutAt: 0 });
  expect(groundOf({ signedOutAt: 7, signedOutExcept: 's' }, 't')).toEqual({
    signedOutAt: 7,
    except: 's',
    session: 't',
  });
});

test.each([
  [{ id: 's', signedOutAt: 0 }, {}, false],
  [{ id: 's', signedOutAt: 0 }, { signedOutAt: 7 }, true],
  [{ id: 's', signedOutAt: 0 }, { signedOutAt: 7, signedOutExcept: 's' }, false],
  [{ id: 's', signedOutAt: 0 }, { signedOutAt: 7, signedOutExcept: 't' }, true],
  // Of before it was kept in mind.
  [{ id: 's' }, { signedOutAt: 7 }, false],
])('the session %j of an account %j: over is %s', (session, ended, over) => expect(isOver(session, ended)).toBe(over));
