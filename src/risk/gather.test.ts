import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { type Device, withAccount } from './device.ts';
import { answerOf, formStamp, HONEYPOT, STAMP } from './forms.ts';
import { type Attempt, gather } from './gather.ts';
import { forgetHistory, historyOf, remember } from './history.ts';
import { type SignalsInput, signalsOf } from './signals.ts';

let at: TestTenants;
let home: Device;
const NOON = Date.parse('2026-11-02T12:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const [BERLIN, BERLIN_2, HANNOVER] = ['130.149.7.201', '130.149.7.9', '130.75.6.1'];
const [ZURICH, SAO_PAULO, INTRANET] = ['129.132.1.1', '200.160.2.3', '10.0.0.1'];

beforeEach(async () => {
  at = await twoTenants(() => NOON);
  home = withAccount(at.a, undefined, 'ada');
});
afterEach(() => at.store.close());

const visit = (more: Partial<Attempt> = {}): Attempt => ({
  accountId: 'ada',
  ip: BERLIN,
  device: home,
  at: NOON,
  ...more,
});

test('nothing is new where there is nothing to compare with', async () => {
  expect(await gather(at.a, visit({ device: undefined }))).toEqual(signalsOf());
});

describe('after a sign-in at home', () => {
  beforeEach(() => remember(at.a, 'ada', visit()));
  const cases: [string, () => Partial<Attempt>, SignalsInput][] = [
    ['the same again', () => ({}), {}],
    ['a neighbour', () => ({ ip: BERLIN_2 }), { newAddress: true }],
    ['another network', () => ({ ip: HANNOVER }), { newAddress: true, newNetwork: true }],
    ['no country', () => ({ ip: INTRANET }), { newAddress: true, newNetwork: true }],
    ['without its cookie', () => ({ device: undefined }), { newDevice: true }],
    ['on a device of another', () => ({ device: withAccount(at.a, undefined, 'bob') }), { newDevice: true }],
    ['on another device of hers', () => ({ device: withAccount(at.a, undefined, 'ada') }), { newDevice: true }],
    ['next door', () => ({ ip: ZURICH }), { newAddress: true, newNetwork: true, newCountry: true }],
    [
      'far away',
      () => ({ ip: SAO_PAULO, at: NOON + 2 * DAY }),
      {
        newAddress: true,
        newNetwork: true,
        newCountry: true,
        km: expect.any(Number) as never,
        kmh: expect.any(Number) as never,
      },
    ],
    ['of another account', () => ({ accountId: 'bob' }), {}],
    ['of nobody yet', () => ({ accountId: undefined, ip: SAO_PAULO }), {}],
  ];
  test.each(cases)('%s', async (_name, attempt, expected) => {
    expect(await gather(at.a, visit(attempt()))).toEqual({ ...signalsOf(), ...expected });
  });

  test.each([
    ['an hour', HOUR, 6000, 10_000],
    ['a day', DAY, 250, 420],
    ['no time', 0, 300_000, 600_000],
  ])('far away after %s', async (_name, elapsed, least, most) => {
    const { kmh } = await gather(at.a, visit({ ip: SAO_PAULO, at: NOON + elapsed }));
    expect(kmh).toBeGreaterThan(least);
    expect(kmh).toBeLessThan(most);
  });

  test('what was remembered is known, and its own tenant knows it only', async () => {
    const abroad = { ip: SAO_PAULO, device: withAccount(at.a, home, 'ada'), at: NOON + DAY };
    await remember(at.a, 'ada', abroad);
    expect(await gather(at.a, visit({ ...abroad, at: NOON + 2 * DAY }))).toEqual(signalsOf());
    expect(await historyOf(at.b, 'ada')).toBeUndefined();
  });

  test('it is forgotten', async () => {
    await forgetHistory(at.a, 'ada');
    await forgetHistory(at.a, 'ada');
    expect(await gather(at.a, visit({ ip: SAO_PAULO, device: undefined }))).toEqual(signalsOf());
  });
});

test('an account that was in no country finds none new', async () => {
  await remember(at.a, 'ada', visit({ ip: INTRANET }));
  expect(await gather(at.a, visit())).toMatchObject({ newNetwork: true, newCountry: false, km: 0 });
});

test('an hour is unusual once there is a habit', async () => {
  const on = (day: number, hour: number) => NOON + day * DAY + (hour - 12) * HOUR;
  for (let day = 0; day < 10; day += 1) {
    expect(await gather(at.a, visit({ at: on(day, 3) }))).toMatchObject({ unusualHour: false });
    await remember(at.a, 'ada', visit({ at: on(day, 9) }));
  }
  const unusual = async (hour: number) => (await gather(at.a, visit({ at: on(11, hour) }))).unusualHour;
  expect([await unusual(3), await unusual(8), await unusual(10), await unusual(11)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

describe('the history', () => {
  test('keeps little, and nothing that can be read', async () => {
    for (let i = 0; i < 250; i += 1) {
      const device = withAccount(at.a, undefined, 'ada');
      await remember(at.a, 'ada', { ip: `130.149.${i}.201`, device, at: NOON + i * DAY });
    }
    const history = (await historyOf(at.a, 'ada'))!;
    for (const list of [history.devices, history.addresses, history.networks]) expect(list).toHaveLength(20);
    expect(history.countries).toEqual(['DE']);
    expect(history.hours.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(200);
    expect(JSON.stringify(history)).not.toContain('130.149');
    expect(history.expiresAt).toBe(NOON + (249 + 400) * DAY);
  });

  test('is not written for each sign-in of the same place', async () => {
    await remember(at.a, 'ada', visit());
    await remember(at.a, 'ada', visit({ at: NOON + 1000 }));
    expect((await historyOf(at.a, 'ada'))!.lastAt).toBe(NOON);
    await remember(at.a, 'ada', visit({ at: NOON + HOUR }));
    expect((await historyOf(at.a, 'ada'))!.lastAt).toBe(NOON + HOUR);
  });

  test('fifty first sign-ins at once are one record', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => remember(at.a, 'ada', visit({ ip: `130.149.${i % 5}.1` }))));
    expect((await historyOf(at.a, 'ada'))!.networks).toHaveLength(5);
  });
});

test.each([
  [{}, { noAcceptLanguage: true, headless: true }],
  [{ userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', acceptLanguage: 'de' }, {}],
  [{ userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148', acceptLanguage: 'en' }, {}],
  [{ userAgent: 'Mozilla/5.0 HeadlessChrome/140.0.0.0 Safari/537.36', acceptLanguage: 'en-US' }, { headless: true }],
  [
    { userAgent: 'python-requests/2.32', acceptLanguage: ' ' },
    { noAcceptLanguage: true, headless: true },
  ],
])('by the headers %j', async (headers, expected) => {
  expect(await gather(at.a, { ip: BERLIN, at: NOON, headers })).toEqual({ ...signalsOf(), ...expected });
});

test.each([
  ['ada@mailinator.com', true],
  ['ada@MAILINATOR.com', true],
  ['ada@inbox.mailinator.com', true],
  ['ada@example.com', false],
  ['mailinator.com@example.com', false],
  ['ada@mailinator.example', false],
])('the address %s', async (email, disposableMail) => {
  expect(await gather(at.a, { ip: BERLIN, at: NOON, email })).toMatchObject({ disposableMail });
});

describe('forms', () => {
  const answer = (after: number, fields: Record<string, string> = {}, purpose = 'sign-up') => {
    const form = new Map(Object.entries({ [STAMP]: formStamp(at.a, 'sign-up', NOON), ...fields }));
    return answerOf(at.a, purpose, form, NOON + after);
  };
  test.each([
    ['in two seconds', () => answer(2000), {}],
    ['at once', () => answer(1999), { tooFast: true }],
    ['on the next day', () => answer(DAY + 1), { unstamped: true }],
    ['with what nobody sees', () => answer(5000, { [HONEYPOT]: 'x' }), { honeypot: true }],
    ['with the field there, but empty', () => answer(5000, { [HONEYPOT]: '' }), {}],
    ['without a stamp', () => answer(5000, { [STAMP]: '' }), { unstamped: true }],
    [
      'with a forged time',
      () => answer(5000, { [STAMP]: formStamp(at.a, 'sign-up', NOON).replace(/^./, '0') }),
      { unstamped: true },
    ],
    ['with a stamp for another purpose', () => answer(5000, {}, 'sign-in'), { unstamped: true }],
    [
      'with a stamp of another tenant',
      () => answer(5000, { [STAMP]: formStamp(at.b, 'sign-up', NOON) }),
      { unstamped: true },
    ],
  ])('one that comes back %s', (_name, given, expected) => {
    expect(given()).toEqual({ tooFast: false, honeypot: false, unstamped: false, ...expected });
  });
});
