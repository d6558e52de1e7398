import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { startGatehouse, type TestGatehouse } from '../test/support/gatehouse.ts';
import { rotateOldKeys } from './maintenance.ts';
import { type TenantRecord, tenantRecord } from './tenants/record.ts';

const DAY = 86_400_000;

const noFault = (id: string, error: unknown) => {
  throw new Error(`keys of ${id} not rotated`, { cause: error });
};

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  const signing = { algorithms: ['ES256' as const], rotate_after_days: 90 };
  await gatehouse.tenant({ id: 'old', settings: { signing } });
  await gatehouse.tenant({ id: 'patient', settings: { signing: { ...signing, rotate_after_days: 3650 } } });
  await gatehouse.tenant({ id: 'resting', settings: { signing } });
  await gatehouse.services.tenants.suspend('resting');
});
afterAll(() => gatehouse.stop());

test('keys of age get a successor, once, and only where the tenant wants it', async () => {
  const { services } = gatehouse;
  const now = Date.now();
  expect(await rotateOldKeys(services, now + 89 * DAY, noFault)).toEqual([]);
  expect(await rotateOldKeys(services, now + 91 * DAY, noFault)).toEqual(['old']);
  const keys = (await services.tenants.get('old'))!.keys;
  expect(keys).toHaveLength(2);
  expect(keys.filter((key) => key.retiresAt === undefined)).toHaveLength(1);
  // The successor is new: its age counts from now.
  expect(await rotateOldKeys(services, now + 60 * DAY, noFault)).toEqual([]);
});

test('of nodes that come at once only one makes a successor', async () => {
  const { services } = gatehouse;
  const later = Date.now() + 400 * DAY;
  const before = (await services.tenants.get('old'))!.keys.length;
  const rotations = async () => {
    const where = { field: 'type', equals: 'key.rotated' };
    return (await services.audit.find('old', { where })).items.length;
  };
  const known = await rotations();
  const rotated = await Promise.all([1, 2, 3].map(() => rotateOldKeys(services, later, noFault)));
  expect(rotated.flat()).toEqual(['old']);
  expect((await services.tenants.get('old'))!.keys.length).toBe(before + 1);
  expect(await rotations()).toBe(known + 1);
});

test('a tenant whose record is of no use keeps no other from a successor, and can be mended', async () => {
  const { services, url } = gatehouse;
  await gatehouse.tenant({ id: 'bad', settings: { signing: { algorithms: ['ES256'] } } });
  await gatehouse.tenant({ id: 'worse', settings: { signing: { algorithms: ['ES256'] } } });
  // As another version might have left them, and a disk.
  const records = services.store.platform({ ...tenantRecord, schema: z.custom<TenantRecord>(() => true) });
  await records.update('bad', (record) => ({ ...record, settings: { newer: true } as never }));
  await records.update('worse', (record) => ({ ...record, dataKey: record.dataKey.replace(/.$/, '') }));
  for (const id of ['bad', 'worse']) services.resolver.drop(id);

  const faults: string[] = [];
  const later = Date.now() + 800 * DAY;
  const fault = (id: string, error: unknown) => void faults.push(`${id}: ${(error as Error).message}`);
  expect(await rotateOldKeys(services, later, fault)).toEqual(['old']);
  expect(faults).toEqual([
    expect.stringMatching(/^bad: .*"bad".*\/newer: is not a known field.*gatehouse tenant change bad/),
    expect.stringMatching(/^worse: /),
  ]);

  expect((await fetch(`${url}/t/bad/jwks`)).status).toBe(500);
  expect((await fetch(`${url}/t/old/jwks`)).status).toBe(200);
  expect(gatehouse.logged()).toMatch(/\\"bad\\".*newer: is not a known field/);
  await services.tenants.change('bad', { settings: { signing: { algorithms: ['ES256'] } } });
  expect((await fetch(`${url}/t/bad/jwks`)).status).toBe(200);
});
