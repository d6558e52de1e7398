import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tenantSettings } from '../../tenants/settings.ts';
import { checkChosen, rulesOf } from './policy.ts';

const owner = (settings: Parameters<typeof tenantSettings.parse>[0] = {}) => ({
  id: 'acme',
  name: 'Acme Widgets',
  settings: tenantSettings.parse(settings),
});
const ALONE = owner();
const WITH_MFA = owner({ authentication: { mfa: 'required' } });
const NAMES = ['ada@mail.example', 'countess', 'Ada Lovelace'];

const reasonOf = (password: unknown, at = ALONE, names = NAMES): Promise<string> =>
  checkChosen(at, password, names).then(
    () => 'fine',
    (error) => {
      expect(error).toMatchObject({ code: 'invalid_input', problems: [{ pointer: '/password' }] });
      return error.problems[0].reason;
    },
  );

/** As many characters, none of which is expected after the one before. */
const hard = (count: number) => 'kX9mQ2vR7tL4wZ8pB3nH6yJ1dF5gS0cVaMzTeWqU'.slice(0, count);

describe('T085 the length, in code points', () => {
  test.each([
    [ALONE, 15],
    [WITH_MFA, 8],
    [owner({ authentication: { mfa: 'risk' } }), 15],
    [owner({ password: { min_length: 20 } }), 20],
    [owner({ authentication: { mfa: 'required' }, password: { min_length: 12 } }), 12],
  ])('%#: at least %i', async (at, least) => {
    expect(rulesOf(at)).toEqual({ minLength: least, maxBytes: 1024 });
    expect(await reasonOf(hard(least - 1), at)).toBe('too_short');
    expect(await reasonOf(hard(least), at)).toBe('fine');
  });

  test.each([
    ['an emoji is one', '🐎🔋📎🐴🔌🖇🐄', WITH_MFA, 'too_short'],
    ['so eight are enough', '🐎🔋📎🐴🔌🖇🐄🪝', WITH_MFA, 'fine'],
    ['a letter and its mark are one', 'e\u0301a\u0300o\u0302u\u0308i\u0301n\u0303c\u0327', WITH_MFA, 'too_short'],
    ['a ligature is what it stands for', 'ﬃkX9mQ2v', WITH_MFA, 'fine'],
    ['spaces count', 'kX9mQ 2vR7tL4 w', ALONE, 'fine'],
    ['128 characters', 'kX9mQ2vR7tL4wZ8p'.split('').join(' q').slice(0, 128), ALONE, 'fine'],
    ['any script', 'зима лето осень весна', ALONE, 'fine'],
    ['no capital, digit or mark is asked for', 'correct horse battery staple', ALONE, 'fine'],
    ['digits alone', '830274619502847', ALONE, 'fine'],
  ])('%s', async (_, password, at, reason) => expect(await reasonOf(password, at)).toBe(reason));

  test('up to 1024 bytes', async () => {
    const long = Array.from({ length: 512 }, (_, i) => String.fromCodePoint(0x400 + ((i * 37) % 509))).join('');
    expect(Buffer.byteLength(long)).toBe(1024);
    expect(await reasonOf(long)).toBe('fine');
    expect(await reasonOf(`${long}x`)).toBe('malformed');
  });

  test.each([[12345678], [undefined], [null], [{ length: 20 }], ['a\ud800kX9mQ2vR7tL4wZ8']])(
    '%p is malformed',
    async (password) => expect(await reasonOf(password)).toBe('malformed'),
  );

  test.each([
    [{ password: { min_length: 14 } }, 'must be at least 15'],
    [{ password: { min_length: 12 }, authentication: { mfa: 'optional' } }, 'must be at least 15'],
    [{ password: { min_length: 7 }, authentication: { mfa: 'required' } }, '>=8'],
  ] as const)('a tenant can only be stricter: %j', (settings, message) =>
    expect(() => tenantSettings.parse(settings)).toThrow(message),
  );
});

describe('T086 what anybody would try', () => {
  test.each([
    // The family of "password".
    ['passwordpassword', 'too_common'],
    ['Password1234567', 'too_common'],
    ['P@ssw0rd123456!', 'too_obvious'],
    ['p.a.s.s.w.o.r.d.1', 'too_common'],
    ['PASSWORD-password', 'too_common'],
    ['drowssap drowssap', 'too_obvious'],
    ['ｐａｓｓｗｏｒｄ２０２４！！！', 'too_common'],
    ['MotDePasse2024!', 'too_common'],
    ['парольпароль2024', 'too_obvious'],
    // Common ones, and what is made of them.
    ['thisismypassword', 'too_common'],
    ['Superman1234567', 'too_common'],
    ['supermanSUPERMAN', 'too_common'],
    ['$up3rm@n supermän', 'fine'],
    ['whatever2024!!!!', 'too_common'],
    ['football football', 'too_common'],
    ['!!!!Princess!!!!', 'too_common'],
    // Rows of keys, alphabets, repetitions.
    ['qwertyuiop123456', 'too_common'],
    ['poiuytrewq098765', 'too_obvious'],
    ['qwertzuiopasdfg', 'too_obvious'],
    ['azertyuiopqsdfgh', 'too_obvious'],
    ['йцукенгшщзхъфыва', 'too_obvious'],
    ['1qaz2wsx3edc4rfv', 'too_common'],
    ['abcdefghijklmno', 'too_obvious'],
    ['123123123123123', 'too_common'],
    ['aaaaaaaaaaaaaaaaaa', 'too_obvious'],
    ['xK9xK9xK9xK9xK9xK9', 'too_obvious'],
    // Words of the place and of the user.
    ['acmeacmeacme2024', 'too_obvious'],
    ['Acme-Widgets-2024', 'too_obvious'],
    ['gatehouse7xk2pq', 'too_obvious'],
    ['ada@mail.example', 'too_obvious'],
    ['AdaLovelace1815', 'too_obvious'],
    ['L0vel@ce-2-1815', 'too_obvious'],
    ['ecalevol-ada-1815', 'too_obvious'],
    ['countess-countess', 'too_obvious'],
    // A word in it does no harm where there is enough besides.
    ['gatehouse kX9mQ2vR7', 'fine'],
    ['elephant umbrella mountain', 'fine'],
  ])('%s: %s', async (password, reason) => expect(await reasonOf(password)).toBe(reason));

  test('words of the tenant', async () => {
    expect(await reasonOf('rocketrider-7391')).toBe('fine');
    expect(await reasonOf('rocketrider-7391', owner({ password: { context_words: ['Rocketrider'] } }))).toBe(
      'too_obvious',
    );
  });

  test('who has a second factor may have a shorter one, no more common', async () => {
    expect(await reasonOf('superman', WITH_MFA)).toBe('too_common');
    expect(await reasonOf('Passw0rd', WITH_MFA)).toBe('too_common');
    expect(await reasonOf('adaada12', WITH_MFA)).toBe('too_obvious');
    expect(await reasonOf('kX9mQ2vR', WITH_MFA)).toBe('fine');
  });

  test('random ones of 15 characters are taken', async () => {
    const digit = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
    // Without bias: as a generator makes them.
    const random = fc.noBias(fc.array(digit, { minLength: 15, maxLength: 15 }).map((digits) => digits.join('')));
    const reasons = await Promise.all(fc.sample(random, 1000).map((password) => reasonOf(password)));
    // About four in a million are mostly names and rows by chance: two in a thousand would be no chance.
    expect(reasons.filter((reason) => reason !== 'fine').length).toBeLessThan(2);
  });

  test('whatever is given is taken or refused with a reason', () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.anything()), async (password) => {
        const reasons = ['fine', 'malformed', 'too_short', 'too_common', 'too_obvious'];
        expect(reasons).toContain(await reasonOf(password));
      }),
    ));
});
