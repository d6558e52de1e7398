import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { describeWith, mongoUri } from '../support/engines.ts';
import { eventually } from '../support/eventually.ts';
import { startGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { inhabited } from '../support/inhabited.ts';
import { newCode, newTokens, type RawClient, rawClient } from '../support/raw-client.ts';
import { type RedisServer, redisServer } from '../support/redis-server.ts';
import { CALLBACK } from '../support/relying-party.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { createUserAgent, type UserAgent } from '../support/user-agent.ts';

let gatehouse: TestGatehouse;
let acme: Tenant;
let web: RawClient;
let agent: UserAgent;

async function begin(env: Record<string, string> = {}) {
  gatehouse = await startGatehouse(env);
  acme = await inhabited(gatehouse, 'acme');
  web = rawClient(acme.issuer, 'web');
  agent = createUserAgent({ stopAt: CALLBACK });
}

const DOCUMENTS = ['/.well-known/openid-configuration', '/jwks'];

/** What a client sees while the store is down: what needs it says so, what does not goes on. */
async function expectOutage(): Promise<void> {
  await eventually(async () => (await fetch(`${gatehouse.url}/health/ready`)).status === 503);
  const refused = [
    web.token({
      grant_type: 'authorization_code',
      code: 'x'.repeat(43),
      redirect_uri: CALLBACK,
      code_verifier: 'v'.repeat(43),
    }),
    web.post('/request', web.begin().query),
  ];
  for (const { status, headers, body } of await Promise.all(refused)) {
    expect({ status, body }).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|ECONN|sqlite/i);
  }
  const page = await agent.get(web.begin().url);
  expect(page.status).toBe(503);
  expect(page.headers.get('retry-after')).not.toBeNull();
  for (const path of DOCUMENTS) expect((await web.get(path)).status).toBe(200);
  expect((await fetch(`${gatehouse.url}/health/live`)).status).toBe(200);
}

const recovered = () => eventually(async () => (await fetch(`${gatehouse.url}/health/ready`)).status === 200);

describe('F11 the embedded database is locked by another process', () => {
  beforeAll(() => begin());
  afterAll(() => gatehouse.stop());

  test('503 while it lasts, then all goes on', async () => {
    const tokens = await newTokens(agent, web);
    const other = new DatabaseSync(`${gatehouse.services.config.dataDir}/gatehouse.sqlite`);
    other.exec('BEGIN IMMEDIATE');
    try {
      const { status, headers } = await web.refresh(tokens.refresh_token);
      expect(status).toBe(503);
      expect(headers.get('retry-after')).not.toBeNull();
      // Readers are not held up.
      expect((await web.userinfo(tokens.access_token)).status).toBe(200);
      for (const path of DOCUMENTS) expect((await web.get(path)).status).toBe(200);
    } finally {
      other.exec('ROLLBACK');
      other.close();
    }
    expect((await web.refresh(tokens.refresh_token)).status).toBe(200);
  });
});

describeWith(['redis', 'mongo'], 'distributed', () => {
  let redis: RedisServer;
  let mongo: Awaited<ReturnType<typeof tcpProxy>>;

  beforeAll(async () => {
    const uri = new URL(mongoUri());
    mongo = await tcpProxy({ host: uri.hostname, port: Number(uri.port || 27017) });
    uri.host = `127.0.0.1:${mongo.port}`;
    uri.searchParams.delete('replicaSet');
    uri.searchParams.set('directConnection', 'true');
    redis = await redisServer();
    await begin({
      MONGODB_URI: uri.href,
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
      GATEHOUSE_MASTER_KEY: randomBytes(32).toString('base64'),
    });
  });
  afterAll(async () => {
    await gatehouse?.stop();
    await redis?.stop();
    await mongo?.close();
  });

  test('F09 FLUSHALL signs nobody out and loses no refresh token', async () => {
    const tokens = await newTokens(agent, web);
    const client = new Redis(redis.port, '127.0.0.1');
    await client.flushall();
    await client.quit();
    expect((await web.refresh(tokens.refresh_token)).status).toBe(200);
    expect((await agent.get(web.begin({ prompt: 'none' }).url)).url).toContain('code=');
  });

  test('F09 Redis is killed, and comes back empty', async () => {
    const tokens = await newTokens(agent, web);
    await redis.kill('SIGKILL');
    await expectOutage();
    await redis.start();
    await recovered();
    expect((await web.refresh(tokens.refresh_token)).status).toBe(200);
    expect((await web.token(await newCode(agent, web, { prompt: 'none' }))).status).toBe(200);
  });

  test('F10 MongoDB cannot be reached', async () => {
    const tokens = await newTokens(agent, web);
    mongo.cut();
    await eventually(async () => (await fetch(`${gatehouse.url}/health/ready`)).status === 503);
    const { status, headers, body } = await web.refresh(tokens.refresh_token);
    expect({ status, body }).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(headers.get('retry-after')).not.toBeNull();
    for (const path of DOCUMENTS) expect((await web.get(path)).status).toBe(200);
    mongo.mend();
    await recovered();
    expect((await web.refresh(tokens.refresh_token)).status).toBe(200);
    expect((await agent.get(web.begin({ prompt: 'none' }).url)).url).toContain('code=');
  });
});
