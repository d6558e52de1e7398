import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventsOf, type TestTenants, twoTenants } from '../../../test/support/tenants.ts';
import { createInitialTokens, type InitialTokenInput, type InitialTokens } from './initial-tokens.ts';

let at: TestTenants;
let tokens: InitialTokens;
let later = 0;
beforeAll(async () => {
  at = await twoTenants(() => Date.now() + later);
  tokens = createInitialTokens(at);
});
afterAll(() => at.store.close());

test('the life of one', async () => {
  const { record, token } = await tokens.create(at.a, {
    note: 'CI',
    uses: 2,
    expiresIn: 600,
    policy: { trusted: true },
  });
  expect(token).toMatch(/^iat_[\w-]{43}$/);
  expect(JSON.stringify(record)).not.toContain(token);
  expect(await tokens.find(at.a, token)).toMatchObject({ id: record.id, left: 2, used: 0, policy: { trusted: true } });
  await tokens.consume(at.a, record.id);
  await tokens.giveBack(at.a, record.id);
  await tokens.consume(at.a, record.id);
  await tokens.consume(at.a, record.id);
  await expect(tokens.consume(at.a, record.id)).rejects.toMatchObject({ code: 'invalid_token' });
  await expect(tokens.find(at.a, token)).rejects.toMatchObject({ code: 'invalid_token' });
  expect((await tokens.list(at.a)).items).toMatchObject([{ note: 'CI', left: 0, used: 2 }]);
  await tokens.revoke(at.a, record.id);
  expect((await tokens.list(at.a)).items).toEqual([]);
  await expect(tokens.revoke(at.a, record.id)).rejects.toMatchObject({ code: 'not_found' });
  expect((await eventsOf(at.audit, at.a)).slice(-2)).toEqual(['initial_token.created', 'initial_token.revoked']);
});

test('50 racers, 3 uses', async () => {
  const { record } = await tokens.create(at.a, { uses: 3 });
  const race = await Promise.allSettled(Array.from({ length: 50 }, () => tokens.consume(at.a, record.id)));
  expect(race.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
});

test('any number of uses, until it has expired', async () => {
  const { record, token } = await tokens.create(at.a, { uses: null, expiresIn: 60 });
  for (let i = 0; i < 5; i += 1) await tokens.consume(at.a, record.id);
  expect(await tokens.find(at.a, token)).toMatchObject({ used: 5 });
  later += 60_001;
  await expect(tokens.find(at.a, token)).rejects.toMatchObject({ code: 'invalid_token' });
  await expect(tokens.consume(at.a, record.id)).rejects.toMatchObject({ code: 'invalid_token' });
});

test('T072 one tenant’s is nothing to another', async () => {
  const { record, token } = await tokens.create(at.a);
  await expect(tokens.find(at.b, token)).rejects.toMatchObject({ code: 'invalid_token' });
  await expect(tokens.consume(at.b, record.id)).rejects.toMatchObject({ code: 'invalid_token' });
  await expect(tokens.revoke(at.b, record.id)).rejects.toMatchObject({ code: 'not_found' });
  expect(await tokens.find(at.a, token)).toMatchObject({ left: 1 });
});

test.each<[object, string]>([
  [{ uses: 0 }, '/uses'],
  [{ uses: 1.5 }, '/uses'],
  [{ expiresIn: 59 }, '/expiresIn'],
  [{ note: '' }, '/note'],
  [{ policy: { mode: 'open' } }, '/policy/mode'],
  [{ policy: { grant_types: [] } }, '/policy/grant_types'],
  [{ frobnicate: 1 }, '/frobnicate'],
])('%j is refused at %s', async (input, pointer) => {
  await expect(tokens.create(at.a, input as InitialTokenInput)).rejects.toMatchObject({
    code: 'invalid_input',
    problems: [expect.objectContaining({ pointer })],
  });
});
