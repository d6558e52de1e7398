import { z } from 'zod';
import { badConfig, isError } from '../core/errors.ts';
import { open, seal } from '../core/sealing.ts';
import { defineRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

const ID = 'master key';
const record = defineRecord({
  name: 'key_checks',
  scope: 'platform',
  schema: z.strictObject({ sealed: z.string() }),
});

/**
 * Holds a store to the master key that it was first opened with, so that nothing is ever sealed with a second one.
 * Error `bad_config` for any other key.
 */
export async function checkMasterKey(store: Store, masterKey: Buffer): Promise<void> {
  const checks = store.platform(record);
  const { sealed } = (await checks.get(ID)) ?? (await first());
  try {
    open(masterKey, sealed, ID);
  } catch (cause) {
    throw badConfig(
      'this store was made with another master key: give back its GATEHOUSE_MASTER_KEY, or its master.key in GATEHOUSE_DATA',
      [],
      cause,
    );
  }

  async function first() {
    try {
      return await checks.insert(ID, { sealed: seal(masterKey, 'gatehouse', ID) });
    } catch (error) {
      // Another process was first.
      const theirs = isError(error, 'already_exists') ? await checks.get(ID) : undefined;
      if (theirs) return theirs;
      throw error;
    }
  }
}
