import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../../test/support/tenants.ts';
import { createLinkTokens, type LinkTokens } from './link-tokens.ts';
import { linkTokenRecord } from './record.ts';

let at: TestTenants;
let now: number;
let tokens: LinkTokens;
beforeEach(async () => {
  now = Date.now();
  at = await twoTenants(() => now);
  tokens = createLinkTokens(at);
});
afterEach(() => at.store.close());

const RESET = { purpose: 'reset', subject: 'ada', ttl: 1800 };
const issue = (more: Partial<Parameters<LinkTokens['issue']>[1]> = {}) => tokens.issue(at.a, { ...RESET, ...more });
const peek = (token: string, purpose = 'reset') => tokens.peek(at.a, purpose, token);
const consume = (token: string, purpose = 'reset') => tokens.consume(at.a, purpose, token);

test('looked at as often as one likes, used once', async () => {
  const token = await issue({ data: { back: '/x' } });
  const content = { subject: 'ada', data: { back: '/x' }, expiresAt: now + 1_800_000 };
  for (let i = 0; i < 5; i += 1) expect(await peek(token)).toEqual(content);
  expect(await consume(token)).toEqual(content);
  expect([await consume(token), await peek(token)]).toEqual([undefined, undefined]);
});

test('256 random bits, kept as a hash', async () => {
  const token = await issue();
  const [id, secret] = token.split('.') as [string, string];
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect(JSON.stringify(await at.a.store.records(linkTokenRecord).get(id))).not.toContain(secret);
});

test('a newer one ends the older of its purpose, subject and slot, and no other', async () => {
  const old = await issue();
  const others = [
    [await issue({ purpose: 'undo' }), 'undo'],
    [await issue({ subject: 'eve' }), 'reset'],
    [await issue({ slot: 'second' }), 'reset'],
  ] as const;
  const newer = await issue();
  expect(await consume(old)).toBeUndefined();
  for (const [token, purpose] of [[newer, 'reset'], ...others] as const) {
    expect(await consume(token, purpose)).toBeDefined();
  }
});

test('a newer one is good after the older was used, and the older stays used', async () => {
  const old = await issue();
  await consume(old);
  const newer = await issue();
  expect([await peek(old), await consume(old)]).toEqual([undefined, undefined]);
  expect(await consume(newer)).toBeDefined();
});

test('it ends at its time', async () => {
  const token = await issue({ ttl: 7 * 86_400 });
  now += 7 * 86_400_000 - 1;
  expect(await peek(token)).toBeDefined();
  now += 1;
  expect([await peek(token), await consume(token)]).toEqual([undefined, undefined]);
  expect(await peek(await issue())).toBeDefined();
});

test('it is of one tenant and purpose, and whole', async () => {
  const token = await issue();
  const [id, secret] = token.split('.') as [string, string];
  const undo = await issue({ purpose: 'undo' });
  expect(await tokens.consume(at.b, 'reset', token)).toBeUndefined();
  expect(await consume(token, 'undo')).toBeUndefined();
  for (const bad of [
    '',
    '.',
    id,
    `${id}.`,
    `.${secret}`,
    `${id}.${secret}x`,
    secret,
    `${undo.split('.')[0]}.${secret}`,
    'x'.repeat(5000),
  ])
    expect(await consume(bad)).toBeUndefined();
  expect(await consume(token)).toBeDefined();
});

test('those of a subject can be ended, all or of some purposes', async () => {
  const [reset, invite, undo] = [await issue(), await issue({ purpose: 'invite' }), await issue({ purpose: 'undo' })];
  const eves = await issue({ subject: 'eve' });
  await tokens.endOf(at.a, 'ada', ['reset', 'invite']);
  expect([await peek(reset), await peek(invite, 'invite')]).toEqual([undefined, undefined]);
  expect(await peek(undo, 'undo')).toBeDefined();
  await tokens.endOf(at.a, 'ada');
  expect(await peek(undo, 'undo')).toBeUndefined();
  expect(await peek(eves)).toBeDefined();
});
