import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { deviceCookie, deviceOf, knows, MAX_ACCOUNTS, withAccount } from './device.ts';

let at: TestTenants;
beforeAll(async () => {
  at = await twoTenants();
});
afterAll(() => at.store.close());

/** What the browser sends back. */
const sent = (setCookie: string) => setCookie.slice(0, setCookie.indexOf(';'));

test('a device is known for the accounts that signed in there, and comes back as it was', () => {
  const first = withAccount(at.a, undefined, 'ada');
  const both = withAccount(at.a, first, 'bob');
  const back = deviceOf(at.a, `locale=en; ${sent(deviceCookie(at.a, both))}`);
  expect(back).toEqual(both);
  expect(back?.id).toBe(first.id);
  expect([knows(at.a, back, 'ada'), knows(at.a, back, 'bob'), knows(at.a, back, 'eve')]).toEqual([true, true, false]);
  expect(knows(at.a, undefined, 'ada')).toBe(false);
});

test('it keeps the last accounts, in less than 300 bytes', () => {
  let device = withAccount(at.a, undefined, 'ada');
  for (let i = 0; i < MAX_ACCOUNTS; i += 1) device = withAccount(at.a, device, `user ${i}`);
  expect(knows(at.a, device, 'ada')).toBe(false);
  expect(knows(at.a, device, 'user 0')).toBe(true);
  expect(sent(deviceCookie(at.a, device)).length).toBeLessThan(300);
});

test('two devices do not tell that they are of one account, nor does a cookie name it', () => {
  const [one, other] = [withAccount(at.a, undefined, 'ada'), withAccount(at.a, undefined, 'ada')];
  expect(one.id).not.toBe(other.id);
  expect(one.accounts[0]).not.toBe(other.accounts[0]);
  expect(deviceCookie(at.a, one)).not.toContain('ada');
});

describe('is not taken', () => {
  const marks = (device: { accounts: readonly string[] }) => device.accounts.join('');
  test.each([
    ['of another tenant', () => sent(deviceCookie(at.b, withAccount(at.b, undefined, 'ada')))],
    [
      'with an account more',
      () => {
        const [ada, bob] = [withAccount(at.a, undefined, 'ada'), withAccount(at.a, undefined, 'bob')];
        return sent(deviceCookie(at.a, ada)).replace(marks(ada), marks(ada) + marks(bob));
      },
    ],
    [
      'with an account less',
      () => {
        const ada = withAccount(at.a, undefined, 'ada');
        return sent(deviceCookie(at.a, ada)).replace(marks(ada), '');
      },
    ],
    [
      'with another id',
      () =>
        sent(deviceCookie(at.a, withAccount(at.a, undefined, 'ada'))).replace(/1\.[\w-]{22}/, `1.${'x'.repeat(22)}`),
    ],
    ['without a proof', () => 'device=1.abc'],
    ['nothing', () => 'device='],
    [
      'of another name',
      () => sent(deviceCookie(at.a, withAccount(at.a, undefined, 'ada'))).replace('device', 'xdevice'),
    ],
  ])('one %s', (_name, cookie) => {
    expect(deviceOf(at.a, cookie())).toBeUndefined();
  });

  test('one planted beside the right one hides it not', () => {
    const device = withAccount(at.a, undefined, 'ada');
    const header = `device=1.${'a'.repeat(22)}..${'b'.repeat(43)}; ${sent(deviceCookie(at.a, device))}`;
    expect(deviceOf(at.a, header)).toEqual(device);
  });
});

test.each([
  ['http://localhost:3000/t/a', '/t/a', /^device=.*; Path=\/t\/a; Max-Age=31622400; HttpOnly; SameSite=Lax$/],
  ['https://id.example/t/a', '/t/a', /^__Secure-device=.*; Path=\/t\/a; .*; Secure$/],
  ['https://login.acme.example', '', /^__Host-device=.*; Path=\/; .*; Secure$/],
])('the cookie at %s', (issuer, basePath, form) => {
  const tenant = { ...at.a, issuer, basePath };
  const device = withAccount(tenant, undefined, 'ada');
  const cookie = deviceCookie(tenant, device);
  expect(cookie).toMatch(form);
  expect(deviceOf(tenant, sent(cookie))).toEqual(device);
});
