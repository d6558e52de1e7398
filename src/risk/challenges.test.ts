import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { storedSettings } from '../tenants/stored-settings.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { CHALLENGE, createChallenges, SOLUTION } from './challenges.ts';

const { solve } = (await import(new URL('../../public/pow.js', import.meta.url).href)) as {
  solve(salt: string, bits: number): Promise<string>;
};

let at: TestTenants;
let now: number;
/** What was sent to the provider, and what it says. */
let asked: { url: string; body: Record<string, string> }[];
let says: () => Response;
beforeEach(async () => {
  now = Date.now();
  at = await twoTenants(() => now);
  asked = [];
  says = () => Response.json({ success: true, hostname: 'localhost' });
});
afterEach(() => at.store.close());

const fetch = (async (url: string, { body }: { body: string }) => {
  asked.push({ url, body: Object.fromEntries(new URLSearchParams(body)) });
  return says();
}) as unknown as typeof globalThis.fetch;
const challenges = createChallenges({ fetch, clock: () => now });

async function tenantWith(provider: 'turnstile' | 'hcaptcha'): Promise<Tenant> {
  const captcha = { provider, site_key: 'site-1', secret: 'of the provider' };
  const record = await at.tenants.change('a', { settings: { risk: { captcha } } });
  return { ...at.a, settings: storedSettings(record) };
}

const make = (tenant: Tenant, score = 40) => challenges.make(tenant, { purpose: 'sign-in', score });
const check = (tenant: Tenant, fields: Record<string, string>) =>
  challenges.check(tenant, { purpose: 'sign-in', form: new Map(Object.entries(fields)), ip: '203.0.113.7' });

test('none is needed for a low score, nor where it is off', () => {
  expect(make(at.a, 34)).toBeUndefined();
});

test('without a provider the browser works, and nobody else is asked', async () => {
  const { work, captcha } = make(at.a)!;
  expect(captcha).toBeUndefined();
  const fields = { [CHALLENGE]: work.token, [SOLUTION]: await solve(work.salt, work.bits), 'h-captcha-response': 'x' };
  expect(await check(at.a, fields)).toEqual({ passed: true, by: 'work' });
  expect(await check(at.a, {})).toEqual({ passed: false, reason: 'forged' });
  expect(asked).toEqual([]);
});

describe.each([
  ['turnstile', 'cf-turnstile-response', 'https://challenges.cloudflare.com/turnstile/v0/siteverify'],
  ['hcaptcha', 'h-captcha-response', 'https://api.hcaptcha.com/siteverify'],
] as const)('with %s', (provider, field, url) => {
  test('the page has its script, allowed by the CSP', async () => {
    const { captcha } = make(await tenantWith(provider))!;
    expect(captcha).toMatchObject({ provider, siteKey: 'site-1' });
    const hosts = captcha!.csp.script.map((source) => new URL(source.replace('*.', 'js.')).host);
    expect(hosts).toContain(new URL(captcha!.script).host);
  });

  test('its yes is enough, and it is asked as it wants to be', async () => {
    const tenant = await tenantWith(provider);
    expect(await check(tenant, { [field]: 'token' })).toEqual({ passed: true, by: 'captcha' });
    const body = { secret: 'of the provider', response: 'token', remoteip: '203.0.113.7', sitekey: 'site-1' };
    expect(asked).toEqual([{ url, body }]);
  });

  test.each([
    ['no', () => Response.json({ success: false })],
    ['yes, for the page of another', () => Response.json({ success: true, hostname: 'evil.example' })],
    ['"true"', () => Response.json({ success: 'true' })],
  ])('its %s refuses', async (_name, answer) => {
    says = answer;
    expect(await check(await tenantWith(provider), { [field]: 'token' })).toEqual({
      passed: false,
      reason: 'unsolved',
    });
  });

  test.each([
    ['is down', () => Response.json({}, { status: 503 })],
    ['answers what is no JSON', () => new Response('<html>')],
    [
      'cannot be reached',
      () => {
        throw new TypeError('fetch failed');
      },
    ],
  ])('one waits where it %s', async (_name, answer) => {
    says = answer;
    const tenant = await tenantWith(provider);
    const { work } = make(tenant)!;
    const fields = { [field]: 'token', [CHALLENGE]: work.token };
    expect(await check(tenant, fields)).toMatchObject({ reason: 'too_soon', work });
    now += work.wait * 1000;
    expect(await check(tenant, fields)).toEqual({ passed: true, by: 'wait' });
  });

  test('work is not taken for it', async () => {
    const tenant = await tenantWith(provider);
    const { work } = make(tenant)!;
    const fields = { [CHALLENGE]: work.token, [SOLUTION]: await solve(work.salt, work.bits) };
    expect(await check(tenant, fields)).toMatchObject({ passed: false, reason: 'too_soon' });
    expect(asked).toEqual([]);
  });

  test('what is too long is not sent on', async () => {
    expect(await check(await tenantWith(provider), { [field]: 'x'.repeat(8193) })).toMatchObject({ passed: false });
    expect(asked).toEqual([]);
  });
});
