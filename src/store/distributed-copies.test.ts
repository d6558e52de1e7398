import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith, mongoUri, redisUrl } from '../../test/support/engines.ts';
import type { DurableArtifacts } from './artifacts.ts';
import { freshTenant, many } from './contract/support.ts';
import { openMongo } from './mongo/open.ts';
import { openStore } from './open.ts';
import type { Store } from './store.ts';

/** What ends a session, whichever way. */
const ENDS: [string, (artifacts: DurableArtifacts) => Promise<unknown>][] = [
  ['destroy', (artifacts) => artifacts.destroy('Session', 'x')],
  ['revokeGrant', (artifacts) => artifacts.revokeGrant('g', 60)],
  ['destroyOfAccount', (artifacts) => artifacts.destroyOfAccount('ada')],
];

describeWith(['mongo', 'redis'], 'two nodes and their copies', () => {
  let nodes: Store[];
  let truth: Store;
  beforeAll(async () => {
    const uri = mongoUri();
    const open = () => openStore({ mongoUri: uri, redisUrl: redisUrl(), dataDir: '' });
    nodes = [await open(), await open()];
    truth = await openMongo(uri);
  });
  afterAll(() => Promise.all([...nodes, truth].map((store) => store?.close())));

  const session = (n: number) => ({ accountId: 'ada', grantId: 'g', uid: 'u', n });
  const fresh = async () => {
    const tenant = freshTenant();
    const [left, right] = nodes.map((node) => node.forTenant(tenant).artifacts) as [DurableArtifacts, DurableArtifacts];
    await left.put('Session', 'x', session(0), 60);
    return { left, right, durable: truth.forTenant(tenant).artifacts };
  };
  const found = async (artifacts: DurableArtifacts) => [
    await artifacts.find('Session', 'x'),
    await artifacts.findBy('Session', 'uid', 'u'),
  ];

  test.each(ENDS)(
    '%s: who asks any node after the answer finds nothing, whatever was asked meanwhile',
    async (_, end) => {
      const { left, right, durable } = await fresh();
      for (const node of [left, right, left, right]) expect(await found(node)).not.toContain(undefined);
      let hasEnded = false;
      const readers = many(async (i) => {
        for (let after = 0; after < 2; ) {
          const late = hasEnded;
          const seen = await found(i % 2 ? left : right);
          if (late) expect(seen).toEqual([undefined, undefined]);
          if (late) after += 1;
        }
      });
      await end(left);
      hasEnded = true;
      await Promise.all(readers);
      expect(await durable.find('Session', 'x')).toBeUndefined();
    },
  );

  test('swaps on both nodes: each counts, and every node reads the last', async () => {
    const { left, right, durable } = await fresh();
    const add = async (node: DurableArtifacts) => {
      for (;;) {
        const { payload, version } = (await node.find('Session', 'x'))!;
        if (await node.swap('Session', 'x', version, session((payload.n as number) + 1), 60)) return;
      }
    };
    for (let i = 0; i < 5; i += 1) await Promise.all([left, right, left].map(add));
    const last = await durable.find('Session', 'x');
    expect(last?.payload.n).toBe(15);
    for (const node of [left, right]) expect(await found(node)).toEqual([last, last]);
  });

  test('another session that takes over the uid is found by it', async () => {
    const { left, right } = await fresh();
    await found(left);
    await found(right);
    await right.put('Session', 'y', session(1), 60);
    await right.destroy('Session', 'x');
    for (const node of [left, right]) expect((await node.findBy('Session', 'uid', 'u'))?.payload.n).toBe(1);
  });
});
