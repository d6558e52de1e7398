import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { DURABLE_KINDS } from '../artifacts.ts';
import type { Store } from '../store.ts';
import { freshTenant } from './support.ts';

/** For the stores that keep the durable kinds. */
export function accountsContract(open: () => Promise<Store>): void {
  test('what is of an account is listed by kind, as far as it lives, and of this tenant only', async () => {
    const store = await open();
    const [mine, theirs] = [store.forTenant(freshTenant()).artifacts, store.forTenant(freshTenant()).artifacts];
    await mine.put('Grant', 'one/a', { accountId: 'ada', n: 1 }, 60);
    await mine.put('Grant', 'two', { accountId: 'ada', n: 2 }, 60);
    await mine.put('Grant', 'over', { accountId: 'ada' }, 1);
    await mine.put('Grant', 'bobs', { accountId: 'bob' }, 60);
    await mine.put('Session', 'one/a', { accountId: 'ada' }, 60);
    await theirs.put('Grant', 'theirs', { accountId: 'ada' }, 60);
    await setTimeout(1100);
    const listed = await mine.ofAccount('Grant', 'ada');
    expect(listed.sort((a, b) => a.id.localeCompare(b.id))).toEqual([
      { id: 'one/a', payload: { accountId: 'ada', n: 1 } },
      { id: 'two', payload: { accountId: 'ada', n: 2 } },
    ]);
    await mine.destroy('Grant', 'two');
    expect(await mine.ofAccount('Grant', 'ada')).toHaveLength(1);
    expect(await mine.ofAccount('Grant', 'nobody')).toEqual([]);
    await expect(mine.ofAccount('AccessToken', 'ada')).rejects.toThrow('durable kinds');
    await store.close();
  });

  test('destroying what is of an account leaves others, and other tenants, alone', async () => {
    const store = await open();
    const tenants = [freshTenant(), freshTenant()].map((id) => store.forTenant(id).artifacts);
    const [mine, theirs] = tenants as [(typeof tenants)[0], (typeof tenants)[0]];
    for (const artifacts of tenants) {
      for (const kind of DURABLE_KINDS) {
        await artifacts.put(kind, 'ada', { accountId: 'ada', uid: `${kind}-ada` }, 60);
        await artifacts.put(kind, 'bob', { accountId: 'bob' }, 60);
        await artifacts.put(kind, 'nobody', {}, 60);
      }
    }
    await mine.put('Session', 'later', {}, 60);
    const { version } = (await mine.find('Session', 'later'))!;
    await mine.swap('Session', 'later', version, { accountId: 'ada' }, 60);

    await mine.destroyOfAccount('ada');
    for (const kind of DURABLE_KINDS) {
      expect(await mine.find(kind, 'ada')).toBeUndefined();
      expect(await mine.findBy(kind, 'uid', `${kind}-ada`)).toBeUndefined();
      expect(await mine.find(kind, 'bob')).toBeDefined();
      expect(await mine.find(kind, 'nobody')).toBeDefined();
      expect(await theirs.find(kind, 'ada')).toBeDefined();
    }
    expect(await mine.find('Session', 'later')).toBeUndefined();
    await mine.destroyOfAccount('nobody at all');
    await store.close();
  });
}
