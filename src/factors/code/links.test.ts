import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { codesWith } from '../../../test/support/codes.ts';
import { type TestTenants, twoTenants } from '../../../test/support/tenants.ts';
import type { LinkOpened } from './links.ts';

let at: TestTenants;
let now: number;
let kit: ReturnType<typeof codesWith>;
beforeEach(async () => {
  now = 1_800_000_000_000;
  at = await twoTenants(() => now);
  kit = codesWith(at);
});
afterEach(() => at.store.close());

const origin = { ip: '203.0.113.7' };
const context = { device: 'Firefox', place: 'Berlin' };
const ADA = { accountId: 'ada', to: 'ada@example.com' };

/** Sends a link and returns its token. */
async function sent(more: object = ADA): Promise<string> {
  const url = (token: string) => `https://login.example/link?token=${token}`;
  await kit.codes.sendLink(at.a, { purpose: 'sign_in', binding: 'browser 1', origin, context, url, ...more });
  return new URL(String(kit.box.at(-1)?.data.link)).searchParams.get('token')!;
}
const opened = (token: string, more: Partial<LinkOpened> = {}): LinkOpened => ({
  purpose: 'sign_in',
  binding: 'browser 1',
  token,
  origin,
  ...more,
});
const peek = (token: string, more?: Partial<LinkOpened>, tenant = at.a) =>
  kit.codes.peekLink(tenant, opened(token, more));
const use = (token: string, more?: Partial<LinkOpened>, tenant = at.a) =>
  kit.codes.useLink(tenant, opened(token, more));
const verify = (code: string) => kit.codes.verify(at.a, { purpose: 'sign_in', binding: 'browser 1', code, origin });

test('the mail has a link and a code; looking at the link five times leaves it good, using it once does not', async () => {
  const token = await sent();
  expect(kit.box[0]).toMatchObject({ template: 'sign_in_link', to: ADA.to, data: { minutes: 10, ...context } });
  for (let i = 0; i < 5; i += 1) expect(await peek(token)).toEqual({ sameBrowser: true });
  const proof = { factor: 'email_link', at: now / 1000 };
  expect(await use(token)).toEqual({ ok: true, proof, ...ADA });
  expect(await peek(token)).toBeUndefined();
  expect(await use(token)).toEqual({ ok: false, reason: 'expired' });
  expect(await verify(kit.lastCode())).toMatchObject({ reason: 'expired' });
});

test.each([
  ['another browser', 'browser 2'],
  ['a browser that began nothing', undefined],
])('%s is shown who began and the code to type there, and signs in nobody', async (_name, binding) => {
  const token = await sent();
  const elsewhere = { code: kit.lastCode(), context };
  expect(await peek(token, { binding })).toEqual({ sameBrowser: false, ...elsewhere });
  expect(await use(token, { binding })).toEqual({ ok: false, reason: 'other_browser', ...elsewhere });
  expect(await verify(elsewhere.code)).toMatchObject({ ok: true, proof: { factor: 'email_link' }, ...ADA });
  expect(await peek(token)).toBeUndefined();
});

test.each<[string, (token: string) => Promise<unknown>]>([
  ['for another purpose', (token) => use(token, { purpose: 'verify_email' })],
  ['at another tenant', (token) => use(token, {}, at.b)],
  ['cut', (token) => use(token.slice(0, -1))],
  ['without its secret', (token) => use(token.split('.')[0]!)],
  ['with an empty secret', (token) => use(`${token.split('.')[0]}.`)],
  ['with the code for its secret', (token) => use(`${token.split('.')[0]}.${kit.lastCode()}`)],
  ['empty', () => use('')],
])('a token is of no use %s', async (_name, attempt) => {
  const token = await sent();
  expect(await attempt(token)).toEqual({ ok: false, reason: 'expired' });
  expect(await use(token)).toMatchObject({ ok: true });
});

test('a code has no link, whatever stands where one would', async () => {
  await sent();
  now += 60_000;
  const token = await sent();
  now += 120_000;
  await kit.codes.send(at.a, { channel: 'email', purpose: 'sign_in', binding: 'browser 1', origin, ...ADA });
  const place = token.split('.')[0];
  for (const bad of [token, `${place}.`, `${place}.undefined`]) expect(await use(bad)).toMatchObject({ ok: false });
});

test('it ends with a newer one, and after ten minutes', async () => {
  const old = await sent();
  now += 30_000;
  const newer = await sent();
  expect(await peek(old)).toBeUndefined();
  expect(await peek(newer)).toBeDefined();
  now += 600_000;
  expect(await peek(newer)).toBeUndefined();
});

test('for somebody unknown nothing is sent', async () => {
  const url = () => 'https://login.example/link';
  const answer = await kit.codes.sendLink(at.a, { purpose: 'sign_in', binding: 'b', origin, typed: 'nobody', url });
  expect(answer).toEqual({ ok: true, resendIn: 30 });
  expect([kit.count.queued, kit.box]).toEqual([1, []]);
});
