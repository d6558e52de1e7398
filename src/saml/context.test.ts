import { describe, expect, test } from '@jest/globals';
import { acrValuesFor, contextClassOf } from './context.ts';

const ladder = [
  { acr: 'one', aal: 1 as const },
  { acr: 'two', aal: 2 as const },
];
const CLASSES = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
const PASSWORD = `${CLASSES}PasswordProtectedTransport`;
const MFA = 'https://refeds.org/profile/mfa';
const UNSPECIFIED = `${CLASSES}unspecified`;

describe('what is asked for', () => {
  test.each<[string, string[], string[] | undefined]>([
    ['exact', [PASSWORD], ['one']],
    ['exact', [MFA], ['two']],
    ['exact', ['two'], ['two']],
    ['exact', [MFA, PASSWORD], ['two', 'one']],
    ['exact', ['urn:unknown', MFA], ['two']],
    ['exact', ['urn:unknown'], undefined],
    ['exact', [], undefined],
    ['exact', [UNSPECIFIED], []],
    ['exact', [UNSPECIFIED, MFA], []],
    ['minimum', [PASSWORD, MFA], ['one']],
    ['minimum', [MFA], ['two']],
    ['better', [PASSWORD], ['two']],
    ['better', [MFA], undefined],
    ['better', [UNSPECIFIED], ['one']],
    ['maximum', [PASSWORD], undefined],
  ])('%s %j is %j', (comparison, classes, expected) => {
    expect(acrValuesFor(ladder, { comparison: comparison as 'exact', classes })).toEqual(expected);
  });

  test('nothing', () => expect(acrValuesFor(ladder, undefined)).toEqual([]));
  test('what the ladder has no name for', () => {
    expect(acrValuesFor(ladder.slice(0, 1), { comparison: 'exact', classes: [MFA] })).toBeUndefined();
  });
});

describe('what is told is true', () => {
  const exact = (...classes: string[]) => ({ comparison: 'exact' as const, classes });
  test.each<[string, { acr: string | undefined; amr: string[] }, ReturnType<typeof exact> | undefined, string]>([
    ['a password', { acr: 'one', amr: ['pwd'] }, undefined, PASSWORD],
    ['a password, asked for', { acr: 'one', amr: ['pwd'] }, exact(PASSWORD), PASSWORD],
    ['two factors', { acr: 'two', amr: ['pwd', 'otp', 'mfa'] }, undefined, MFA],
    ['two factors, a password asked for', { acr: 'two', amr: ['pwd', 'otp', 'mfa'] }, exact(PASSWORD), PASSWORD],
    ['two factors, by the name of the tenant', { acr: 'two', amr: ['pwd', 'otp'] }, exact('two'), 'two'],
    ['two factors, the lower name', { acr: 'two', amr: ['pwd', 'otp'] }, exact('one'), 'one'],
    ['a password, two factors asked for', { acr: 'one', amr: ['pwd'] }, exact(MFA), PASSWORD],
    ['a code by mail', { acr: 'one', amr: ['otp'] }, undefined, UNSPECIFIED],
    ['a code by mail, a password asked for', { acr: 'one', amr: ['otp'] }, exact(PASSWORD), UNSPECIFIED],
    ['a passkey, a password asked for', { acr: 'two', amr: ['user', 'swk', 'mfa'] }, exact(PASSWORD), MFA],
    ['a password, a token asked for', { acr: 'one', amr: ['pwd', 'otp'] }, exact(`${CLASSES}TimeSyncToken`), PASSWORD],
    ['of no level', { acr: undefined, amr: [] }, undefined, UNSPECIFIED],
    ['anything', { acr: 'two', amr: ['pwd', 'otp'] }, exact(UNSPECIFIED), UNSPECIFIED],
  ])('%s', (_name, session, requested, expected) => {
    expect(contextClassOf(ladder, session, requested)).toBe(expected);
  });
});
