import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type TestTenants, twoTenants } from '../../test/support/tenants.ts';
import { dueList } from '../outbox/due.ts';
import { createQueue } from '../outbox/queue.ts';
import { openData } from '../outbox/sealed-data.ts';
import type { Draft } from './draft.ts';
import { createMailOutbox, type Outbox } from './outbox.ts';
import { messageType } from './record.ts';

let at: TestTenants;
let outbox: Outbox;
let woken = 0;
beforeEach(async () => {
  at = await twoTenants();
  woken = 0;
  const wake = () => {
    woken += 1;
  };
  const now = at.clock();
  const clock = () => now;
  const queue = createQueue(messageType, { ...at, clock, due: dueList(at.store, messageType.due), wake });
  outbox = createMailOutbox({ queue, clock });
});
afterEach(() => at.store.close());

const CODE: Draft = { template: 'sign_in_code', to: 'ada@example.com', data: { code: '123456', minutes: 10 } };
const listed = async () => (await outbox.list(at.a)).items;

test('a message is stored, sealed, due at once, and its tenant’s alone', async () => {
  const id = await outbox.enqueue(at.a, 'mail', { ...CODE, accountId: 'u1', locale: 'de' });
  const [message, ...others] = await listed();
  expect(others).toEqual([]);
  expect(message).toMatchObject({ id, state: 'queued', attempts: 0, accountId: 'u1', locale: 'de' });
  expect(message!.validUntil! - message!.createdAt).toBe(600_000);
  expect(JSON.stringify(message)).not.toContain('123456');
  expect(openData(at.a, 'mail', id, message!.sealed!)).toEqual({ code: '123456', minutes: 10 });
  expect(() => openData(at.b, 'mail', id, message!.sealed!)).toThrow('cannot open');
  expect((await outbox.list(at.b)).items).toEqual([]);
  expect(woken).toBe(1);
  const due = [];
  for await (const entry of dueList(at.store, messageType.due).until(at.clock())) due.push(entry);
  expect(due).toMatchObject([{ tenantId: 'a', messageId: id }]);
});

describe('refused, and nothing is stored', () => {
  test.each<[string, 'mail' | 'sms', Partial<Draft>, string]>([
    ['an unknown template', 'mail', { template: 'spam' }, 'there is no mail template "spam"'],
    ['one of another channel', 'sms', { to: '+491701234567' }, 'there is no sms template'],
    ['a name of every object', 'mail', { template: 'constructor' }, 'there is no mail template'],
    ['a missing value', 'mail', { data: { minutes: 10 } }, '/data/code is missing'],
    ['an unknown value', 'mail', { data: { ...CODE.data, password: 'x' } }, '/data/password is not known'],
    ['a number that is a text', 'mail', { data: { code: '1', minutes: '10' } }, '/data/minutes must be a number'],
    [
      'no link',
      'mail',
      { template: 'approved', data: { signInLink: 'javascript:alert(1)' } },
      '/data/signInLink must be',
    ],
    ['no address', 'mail', { to: 'ada' }, 'must be an e-mail address'],
    ['a header in the address', 'mail', { to: 'ada@example.com\r\nBcc: eve@example.com' }, 'must be an e-mail address'],
    ['two addresses', 'mail', { to: 'ada@example.com,eve@example.com' }, 'must be an e-mail address'],
    ['a name before it', 'mail', { to: 'Ada <ada@example.com>' }, 'must be an e-mail address'],
    ['an address in quotes', 'mail', { to: '"ada@evil.example x"@example.com' }, 'must be an e-mail address'],
    ['no phone number', 'sms', { to: '0170 1234567' }, 'must be a phone number'],
    ['a phone number and more', 'sms', { to: '+491701234567\n+4917' }, 'must be a phone number'],
  ])('%s', async (_name, channel, change, message) => {
    const enqueued = async () => outbox.enqueue(at.a, channel, { ...CODE, ...change });
    await expect(enqueued()).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining(message),
    });
    expect(await listed()).toEqual([]);
  });
});

test('addresses of any script', async () => {
  await outbox.enqueue(at.a, 'mail', { ...CODE, to: 'jörg@bücher.example' });
  await outbox.enqueue(at.a, 'sms', { template: 'code', to: '+491701234567', data: { code: '1' } });
  expect((await listed()).map(({ to }) => to)).toEqual(['jörg@bücher.example', '+491701234567']);
});
