import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineRecord } from '../records.ts';
import type { Store } from '../store.ts';
import { freshTenant } from './support.ts';

const note = defineRecord({
  name: 'contract_note',
  schema: z.strictObject({ text: z.string() }),
  scope: 'tenant',
  unique: [['text']],
});

/** What was answered is there for who opens the store next; `open` opens the same one each time. */
export function durabilityContract(open: () => Promise<Store>): void {
  test('all is there when the store is opened again, and writes under way at the close too', async () => {
    const tenant = freshTenant();
    const before = await open();
    const { artifacts, records } = before.forTenant(tenant);
    await records(note).insert('x', { text: 'kept' });
    await artifacts.put('Session', 'x', { uid: 'u', n: 1 }, 60);
    await artifacts.put('Session', 'used', {}, 60);
    await artifacts.consume('Session', 'used');
    await artifacts.revokeGrant('g', 60);
    const underWay = artifacts.put('Session', 'late', {}, 60);
    await before.close();
    await underWay;
    await expect(artifacts.put('Session', 'too late', {}, 60)).rejects.toMatchObject({ code: 'unavailable' });

    const after = await open();
    const again = after.forTenant(tenant);
    expect(await again.records(note).getBy('text', 'kept')).toEqual({ id: 'x', version: 1, text: 'kept' });
    await expect(again.records(note).insert('y', { text: 'kept' })).rejects.toMatchObject({ code: 'already_exists' });
    expect((await again.artifacts.findBy('Session', 'uid', 'u'))?.payload.n).toBe(1);
    expect(await again.artifacts.consume('Session', 'used')).toBe(false);
    await expect(again.artifacts.put('Session', 'y', { grantId: 'g' }, 60)).rejects.toMatchObject({
      code: 'grant_revoked',
    });
    expect(await again.artifacts.find('Session', 'late')).toBeDefined();
    expect(await again.artifacts.find('Session', 'too late')).toBeUndefined();
    await after.close();
  });

  test('two that are open at once see and respect each other', async () => {
    const tenant = freshTenant();
    const stores = await Promise.all([open(), open()]);
    const [left, right] = stores.map((store) => store.forTenant(tenant).artifacts);
    await left!.put('Session', 'x', {}, 60);
    expect(await right!.find('Session', 'x')).toBeDefined();
    const racers = Array.from({ length: 20 }, (_, i) => (i % 2 ? left! : right!));
    const won = await Promise.all(racers.map((artifacts) => artifacts.consume('Session', 'x')));
    expect(won.filter(Boolean)).toHaveLength(1);
    const counts = await Promise.all(racers.map((artifacts) => artifacts.increment('n', 60)));
    expect(new Set(counts.map(({ count }) => count)).size).toBe(racers.length);
    const notes = stores.map((store) => store.forTenant(tenant).records(note));
    const inserted = await Promise.allSettled(racers.map((_, i) => notes[i % 2]!.insert(`${i}`, { text: 'one' })));
    expect(inserted.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await Promise.all(stores.map((store) => store.close()));
  });
}
