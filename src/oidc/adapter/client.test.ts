import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { bareCore } from '../../../test/support/bare-core.ts';
import { type ClientMetadata, clientAdapter } from './client.ts';

let now = 0;
const find = jest.fn(async (id: string): Promise<ClientMetadata | undefined> => registered.get(id));
const registered = new Map<string, ClientMetadata>();
const web = { client_id: 'web', client_secret: 'hash', redirect_uris: ['https://app.example.com/cb'] };

beforeEach(() => {
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  registered.clear();
  registered.set('web', web);
  find.mockClear();
});
afterEach(() => void jest.restoreAllMocks());

test('a client is asked for once a second; a change is seen then, a removal too', async () => {
  const adapter = clientAdapter(find);
  await adapter.find('web');
  registered.set('web', { ...web, client_name: 'new' });
  now += 999;
  expect(await adapter.find('web')).toMatchObject(web);
  expect(find).toHaveBeenCalledTimes(1);
  now += 1;
  expect(await adapter.find('web')).toMatchObject({ client_name: 'new' });
  registered.delete('web');
  now += 1000;
  expect(await adapter.find('web')).toBeUndefined();
  expect(find).toHaveBeenCalledTimes(3);
});

test('that there is none is known for a second as well', async () => {
  const adapter = clientAdapter(find);
  expect([await adapter.find('new'), await adapter.find('new')]).toEqual([undefined, undefined]);
  expect(find).toHaveBeenCalledTimes(1);
  registered.set('new', { client_id: 'new' });
  now += 1000;
  expect(await adapter.find('new')).toMatchObject({ client_id: 'new' });
});

test('while the store is down, a known client is served on, and an unknown one is an error, not a no', async () => {
  const adapter = clientAdapter(find);
  await adapter.find('web');
  now += 5000;
  find.mockRejectedValue(new Error('down'));
  expect(await adapter.find('web')).toMatchObject(web);
  await expect(adapter.find('other')).rejects.toThrow('down');
  find.mockImplementation(async (id) => registered.get(id));
});

test('the protocol core keeps its validated client as long as the metadata say the same, and no longer', async () => {
  const provider = bareCore(clientAdapter(find).find);
  const first = await provider.Client.find('web');
  now += 1000;
  registered.set('web', structuredClone(web));
  expect(await provider.Client.find('web')).toBe(first);
  now += 1000;
  registered.set('web', { ...web, client_name: 'new' });
  const changed = await provider.Client.find('web');
  expect(changed).not.toBe(first);
  expect(changed).toMatchObject({ clientId: 'web', clientName: 'new' });
  // The digest stands for the metadata only where the core makes a hash of them.
  expect(JSON.stringify(await clientAdapter(find).find('web'))).toMatch(/^"[\w-]{43}"$/);
});

test.each(['upsert', 'destroy', 'consume', 'revokeByGrantId'] as const)('%s is not for the core', async (verb) => {
  await expect(clientAdapter(find)[verb]('web', {} as never, 1)).rejects.toThrow('their own service');
});
