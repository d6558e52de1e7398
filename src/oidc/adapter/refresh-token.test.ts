import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Adapter } from 'oidc-provider';
import { openSqlite } from '../../store/sqlite/open.ts';
import type { Store } from '../../store/store.ts';
import { newChain, refreshToken } from '../token-ids.ts';
import { refreshTokenAdapter } from './refresh-token.ts';

const KEY: Buffer = Buffer.alloc(32, 'of tenant a');
const OTHER_KEY: Buffer = Buffer.alloc(32, 'of tenant b');
const LEEWAY = 10;
/** Odd, where all steps of time are even: no two things fall on one instant. */
const TTL = 61;

let now = 1_700_000_000_000;
let store: Store;
beforeAll(async () => {
  store = await openSqlite(':memory:', { clock: () => now });
});
afterAll(() => store.close());

const adapterOf = (tenant: string, key = KEY, leeway = LEEWAY): Adapter =>
  refreshTokenAdapter({ artifacts: store.forTenant(tenant).artifacts, key, leeway, clock: () => now });

const wait = (seconds: number) => {
  now += seconds * 1000;
};

/** A chain as the protocol core uses it: find, look at `consumed`, consume, store the successor. */
function startChain(leeway: number) {
  const adapter = adapterOf('a', KEY, leeway);
  const { chain } = newChain();
  const grantId = `grant of ${chain}`;
  const token = (generation: number) => refreshToken(KEY, { chain, generation });
  const write = (generation: number) => adapter.upsert(token(generation), { grantId, clientId: 'web' } as never, TTL);
  return {
    token,
    begin: () => write(0),
    async use(generation: number): Promise<string> {
      const found = await adapter.find(token(generation));
      if (!found) return 'absent';
      if (found.consumed) {
        await adapter.destroy(token(generation));
        return 'reuse';
      }
      await adapter.consume(token(generation));
      const isStored = await write(generation + 1).then(
        () => true,
        () => false,
      );
      return isStored ? token(generation + 1) : 'lost';
    },
    /** The generations that can be used, were there no leeway. */
    async live(upTo: number): Promise<number[]> {
      const strict = adapterOf('a', KEY, 0);
      const found = await Promise.all(Array.from({ length: upTo + 2 }, (_, i) => strict.find(token(i))));
      return found.flatMap((payload, i) => (payload && !payload.consumed ? [i] : []));
    },
  };
}

type Step = { do: 'use'; back: number; racers: number } | { do: 'wait'; seconds: number };

const steps = (leeway: number) =>
  fc.array(
    fc.oneof(
      fc.record({
        do: fc.constant('use' as const),
        // From the live one: -1 was never given out, 1 is its predecessor.
        back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: -1, max: 3 })),
        racers: fc.constantFrom(1, 1, 3),
      }),
      fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(2, leeway, leeway + 2, 40) }),
    ) as fc.Arbitrary<Step>,
    { maxLength: 25 },
  );

describe.each([LEEWAY, 0])('a chain under a leeway of %i s', (leeway) => {
  test('holds one live generation through every sequence of uses, retries, replays and waits', async () => {
    await fc.assert(
      fc.asyncProperty(steps(leeway), async (sequence) => {
        const chain = startChain(leeway);
        await chain.begin();
        let live = 0;
        let writtenAt = now;
        let isOver = false;

        for (const step of sequence) {
          if (step.do === 'wait') {
            wait(step.seconds);
            isOver ||= now - writtenAt > TTL * 1000;
          } else {
            const used = Math.max(0, live - step.back);
            const isRetry = used === live - 1 && leeway > 0 && now - writtenAt <= leeway * 1000;
            const answers = await Promise.all(Array.from({ length: step.racers }, () => chain.use(used)));

            if (isOver || used > live) expect(new Set(answers)).toEqual(new Set(['absent']));
            else if (isRetry) expect(new Set(answers)).toEqual(new Set([chain.token(live)]));
            else if (used < live) {
              expect(answers).not.toContain(chain.token(used + 1));
              expect(answers).toContain('reuse');
              isOver = true;
            } else {
              // Of those that lost the race, all are given the winner's token; without leeway one is, and the chain ends.
              const next = chain.token(live + 1);
              const given = answers.filter((answer) => answer === next).length;
              expect(given).toBe(leeway > 0 ? step.racers : 1);
              isOver = leeway === 0 && step.racers > 1;
              live += 1;
              writtenAt = now;
            }
          }
          expect(await chain.live(live)).toEqual(isOver ? [] : [live]);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('a token is absent', () => {
  const { chain } = newChain();
  const good = refreshToken(KEY, { chain, generation: 0 });
  beforeAll(() => adapterOf('a').upsert(good, { grantId: 'g' } as never, TTL));

  test.each<[string, string, string, Buffer]>([
    ['forged', 'a', refreshToken(OTHER_KEY, { chain, generation: 0 }), KEY],
    ['of a generation that was never given out', 'a', refreshToken(KEY, { chain, generation: 1 }), KEY],
    ['of an unknown chain', 'a', refreshToken(KEY, newChain()), KEY],
    ["shown to another tenant's key", 'a', good, OTHER_KEY],
    ["looked for in another tenant's store", 'b', good, KEY],
    ['another kind of token', 'a', `at_${good.slice(3)}`, KEY],
  ])('that is %s', async (_name, tenant, token, key) => {
    expect(await adapterOf(tenant, key).find(token)).toBeUndefined();
    expect(await adapterOf('a').find(good)).toMatchObject({ grantId: 'g', jti: good });
  });
});

test('who has a forgery, or another tenant, ends no chain by it', async () => {
  const chain = startChain(LEEWAY);
  await chain.begin();
  await adapterOf('a').destroy(`${chain.token(0).slice(0, -1)}!`);
  await adapterOf('a', OTHER_KEY).destroy(chain.token(0));
  await adapterOf('b').destroy(chain.token(0));
  expect(await chain.live(0)).toEqual([0]);
});

test('a revoked grant ends its chain; no retry and no racer brings it back', async () => {
  const chain = startChain(LEEWAY);
  await chain.begin();
  await chain.use(0);
  await store.forTenant('a').artifacts.revokeGrant(`grant of ${chain.token(0).slice(3, 35)}`, 600);
  expect([await chain.use(0), await chain.use(1)]).toEqual(['absent', 'absent']);
  await chain.begin();
  expect(await chain.live(1)).toEqual([]);
});

test('the store knows no token, only the hash of the chain', async () => {
  const chain = startChain(LEEWAY);
  await chain.begin();
  const { artifacts } = store.forTenant('a');
  expect(await artifacts.find('RefreshToken', chain.token(0))).toBeUndefined();
  expect(await artifacts.find('RefreshToken', chain.token(0).slice(3, 35))).toBeUndefined();
});
