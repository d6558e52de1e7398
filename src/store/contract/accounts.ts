import { expect, test } from '@jest/globals';
import { DURABLE_KINDS } from '../artifacts.ts';
import type { Store } from '../store.ts';
import { freshTenant } from './support.ts';

/** For the stores that keep the durable kinds. */
export function accountsContract(open: () => Promise<Store>): void {
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
