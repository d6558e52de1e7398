import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { risk } from '../tenants/settings/risk.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { bitsFor, checkWork, makeWork, type Work } from './proof-of-work.ts';

const FILE = new URL('../../public/pow.js', import.meta.url);
/** What the page runs. */
const { solve } = (await import(FILE.href)) as { solve(salt: string, bits: number): Promise<string> };

let at: TestTenants;
let now: number;
beforeEach(async () => {
  now = Date.now();
  at = await twoTenants(() => now);
});
afterEach(() => at.store.close());

const make = (bits = 6, tenant = at.a) => makeWork(tenant, { purpose: 'sign-in', bits }, now);
type Change = { tenant?: Tenant; purpose?: string; token?: string; solution?: string; ip?: string };
const check = (work: Work, { tenant = at.a, ...change }: Change = {}) =>
  checkWork(tenant, { purpose: 'sign-in', token: work.token, solution: '', ip: '203.0.113.7', ...change }, now);
const solved = async (work: Work, change: Change = {}) =>
  check(work, { solution: await solve(work.salt, work.bits), ...change });

test.each([1, 6, 8, 10, 12])('what the page finds for %d bits passes', async (bits) => {
  expect(await solved(make(bits))).toEqual({ passed: true, by: 'work' });
});

test('the script of the page is small', () => {
  expect(readFileSync(FILE).length).toBeLessThan(3 * 1024);
});

test('one solution passes once, of fifty at once too', async () => {
  const work = make();
  const solution = await solve(work.salt, work.bits);
  const verdicts = await Promise.all(Array.from({ length: 50 }, () => check(work, { solution })));
  expect(verdicts.filter(({ passed }) => passed)).toHaveLength(1);
  expect(await check(work, { solution })).toEqual({ passed: false, reason: 'used' });
});

describe('does not pass', () => {
  test.each([
    ['less work than was asked for', 'forged', (work: Work) => ({ token: work.token.replace(/^\d+/, '1') })],
    ['a later date', 'forged', (work: Work) => ({ token: work.token.replace(/\.\w+\./, '.zzzzzz.') })],
    ['another purpose', 'forged', () => ({ purpose: 'sign-up' })],
    ['another tenant', 'forged', () => ({ tenant: at.b })],
    ['nothing', 'forged', () => ({ token: '' })],
    ['another challenge', 'unsolved', () => ({ token: make(20).token })],
    ['no number', 'unsolved', () => ({ solution: ' 1' })],
    ['too much', 'unsolved', () => ({ solution: '9'.repeat(10_000) })],
  ])('%s', async (_name, reason, change) => {
    const work = make();
    expect(await solved(work, change(work))).toEqual({ passed: false, reason });
  });

  test('what is not solved', async () => {
    const work = make(24);
    expect(await check(work, { solution: '1' })).toEqual({ passed: false, reason: 'unsolved' });
  });

  test('too late', async () => {
    const work = make();
    now += 901_000;
    expect(await solved(work)).toEqual({ passed: false, reason: 'expired' });
  });
});

describe('without script', () => {
  const { wait } = risk.parse({}).challenge;

  test('who waits passes, once; the harder the work the longer', async () => {
    const work = make(14);
    expect([work.wait, make(19).wait]).toEqual([wait, 6 * wait]);
    expect(await check(work)).toEqual({ passed: false, reason: 'too_soon', work });
    now += wait * 1000;
    expect(await check(work)).toEqual({ passed: true, by: 'wait' });
    expect(await check(work)).toEqual({ passed: false, reason: 'used' });
  });

  test('a program that waits for many at once gets ten for an address', async () => {
    const works = Array.from({ length: 50 }, () => make(14));
    now += wait * 1000;
    const verdicts = await Promise.all(works.map((work) => check(work)));
    expect(verdicts.filter(({ passed }) => passed)).toHaveLength(10);
    expect(verdicts).toContainEqual({ passed: false, reason: 'throttled', retryAfter: expect.any(Number) });
    expect(await check(make(14), { ip: '203.0.113.8' })).toMatchObject({ reason: 'too_soon' });
    expect(await solved(make())).toMatchObject({ passed: true });
  });
});

test.each([
  [0, 0],
  [34, 0],
  [35, 14],
  [100, 19],
])('a score of %d asks for %d bits', (score, bits) => {
  expect(bitsFor(score, risk.parse({}))).toBe(bits);
});

test('never, or at 100 only', () => {
  expect(bitsFor(100, risk.parse({ challenge: { from_score: 101 } }))).toBe(0);
  expect(bitsFor(100, risk.parse({ challenge: { from_score: 100 } }))).toBe(19);
});
