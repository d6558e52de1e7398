import { afterEach, expect, test } from '@jest/globals';
import { describeWith } from '../../../test/support/engines.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { type RedisServer, redisServer } from '../../../test/support/redis-server.ts';
import { openRedis } from './open.ts';

describeWith('redis', 'Redis out of order', () => {
  let servers: RedisServer[] = [];
  const start = async (...settings: string[]) => {
    const server = await redisServer(...settings);
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    servers = [];
  });

  test('killed: unavailable at once; back: all goes on, and nothing refused was done', async () => {
    const server = await start();
    const warnings: string[] = [];
    const store = await openRedis(`redis://127.0.0.1:${server.port}`, (message) => warnings.push(message));
    const { artifacts } = store.forTenant('t');
    await artifacts.increment('n', 60);
    await server.kill('SIGKILL');
    await expect(artifacts.increment('n', 60)).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    await expect(artifacts.find('AccessToken', 'x')).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.health()).toEqual({ redis: expect.stringMatching(/unavailable/) });
    await server.start();
    // The client comes back by itself.
    expect((await eventually(() => artifacts.count('n'))).count).toBe(0);
    // The new process knows no script yet.
    await artifacts.put('AccessToken', 'x', {}, 60);
    expect(await artifacts.consume('AccessToken', 'x')).toBe(true);
    expect(await store.health()).toEqual({ redis: 'ok' });
    expect(warnings.length).toBeLessThanOrEqual(2);
    await store.close();
  });

  test('stalled: a command ends at its deadline', async () => {
    const server = await start();
    const store = await openRedis(`redis://127.0.0.1:${server.port}`);
    const { artifacts } = store.forTenant('t');
    await artifacts.put('AccessToken', 'x', {}, 60);
    await server.kill('SIGSTOP');
    await expect(artifacts.find('AccessToken', 'x')).rejects.toMatchObject({ code: 'unavailable' });
    await server.kill('SIGCONT');
    expect(await eventually(() => artifacts.find('AccessToken', 'x'))).toBeDefined();
    await store.close();
  });

  test('full: writes are unavailable, reads go on', async () => {
    const server = await start('--maxmemory', '2mb', '--maxmemory-policy', 'noeviction');
    const store = await openRedis(`redis://127.0.0.1:${server.port}`);
    const { artifacts } = store.forTenant('t');
    await artifacts.put('AccessToken', 'first', {}, 60);
    const filler = 'x'.repeat(50_000);
    const outcomes: unknown[] = [];
    for (let i = 0; i < 60; i += 1) {
      outcomes.push(await artifacts.put('AccessToken', `x${i}`, { filler }, 60).catch((error) => error.code));
    }
    expect(outcomes.at(-1)).toBe('unavailable');
    expect(await artifacts.find('AccessToken', 'first')).toBeDefined();
    await store.close();
  });

  test.each([
    [['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'], /maxmemory-policy is allkeys-lru/],
    [['--rename-command', 'CONFIG', ''], /cannot read maxmemory-policy/],
    [['--maxmemory-policy', 'allkeys-lru'], undefined],
  ])('eviction is warned of: %j', async (settings, words) => {
    const server = await start(...settings);
    const warnings: string[] = [];
    const store = await openRedis(`redis://127.0.0.1:${server.port}`, (message) => warnings.push(message));
    expect(warnings).toEqual(words ? [expect.stringMatching(words)] : []);
    await store.close();
  });
});
