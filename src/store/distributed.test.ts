import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith, mongoUri, redisUrl } from '../../test/support/engines.ts';
import { accountsContract } from './contract/accounts.ts';
import { artifactsContract } from './contract/artifacts.ts';
import { durabilityContract } from './contract/durability.ts';
import { recordsContract } from './contract/records.ts';
import { freshTenant } from './contract/support.ts';
import { distribute } from './distributed.ts';
import { openMongo } from './mongo/open.ts';
import { openStore } from './open.ts';
import { openRedis } from './redis/open.ts';
import type { ArtifactStore, Store } from './store.ts';

describeWith(['mongo', 'redis'], 'MongoDB and Redis', () => {
  const open = () => openStore({ mongoUri: mongoUri(), redisUrl: redisUrl(), dataDir: '' });
  artifactsContract(open, 'Session');
  artifactsContract(open, 'AuthorizationCode');
  recordsContract(open);
  accountsContract(open);

  let same: string | undefined;
  durabilityContract(() => {
    same ??= mongoUri();
    return openStore({ mongoUri: same, redisUrl: redisUrl(), dataDir: '' });
  });

  let durable: Store;
  let volatile: ArtifactStore;
  let store: Store;
  beforeAll(async () => {
    durable = await openMongo(mongoUri());
    volatile = await openRedis(redisUrl());
    store = distribute(durable, volatile);
  });
  afterAll(() => store?.close());

  test.each([
    ['Session', true],
    ['Grant', true],
    ['RefreshToken', true],
    ['AccessToken', false],
    ['AuthorizationCode', false],
    ['Interaction', false],
    ['anything', false],
  ])('%s must last: %p', async (kind, lasts) => {
    const tenant = freshTenant();
    await store.forTenant(tenant).artifacts.put(kind, 'x', {}, 60);
    expect(Boolean(await durable.forTenant(tenant).artifacts.find(kind, 'x'))).toBe(lasts);
    expect(Boolean(await volatile.forTenant(tenant).artifacts.find(kind, 'x'))).toBe(!lasts);
  });

  test('a grant is revoked in both parts', async () => {
    const { artifacts } = store.forTenant(freshTenant());
    const kinds = ['RefreshToken', 'AccessToken'];
    for (const kind of kinds) await artifacts.put(kind, 'x', { grantId: 'g' }, 60);
    await artifacts.revokeGrant('g', 60);
    expect(await artifacts.find('RefreshToken', 'x')).toBeUndefined();
    for (const kind of kinds) {
      await expect(artifacts.put(kind, 'y', { grantId: 'g' }, 60)).rejects.toMatchObject({ code: 'grant_revoked' });
    }
  });

  test('both parts are named in health', async () => {
    expect(await store.health()).toEqual({ mongodb: 'ok', redis: 'ok' });
  });
});
