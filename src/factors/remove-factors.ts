import type { Tenant } from '../tenants/tenant.ts';
import type { Passkeys } from './passkey/passkeys.ts';
import type { Phones } from './phone/phones.ts';
import type { FactorName } from './proof.ts';
import type { RecoveryCodes } from './recovery-codes/recovery-codes.ts';
import type { Totp } from './totp/totp.ts';
import type { Upstreams } from './upstream/upstreams.ts';

/** A way to sign in of which there may be several: whether an account has it, and all of it away. */
type Removable = {
  has(tenant: Tenant, accountId: string): Promise<boolean>;
  removeAll(tenant: Tenant, accountId: string): Promise<void>;
};

/**
 * Takes from an account all that can be a second factor and, with `all`, whatever else lets somebody in besides a password.
 * Gives the names of what was there; the caller tells the user.
 */
export function createRemoveFactors(deps: {
  passkeys: Pick<Passkeys, 'list' | 'removeAll'>;
  totp: Pick<Totp, 'list' | 'removeAll'>;
  phones: Pick<Phones, 'list' | 'removeAll'>;
  recoveryCodes: Pick<RecoveryCodes, 'status' | 'removeAll'>;
  upstreams: Pick<Upstreams, 'list' | 'removeAll'>;
}) {
  const { passkeys, totp, phones, recoveryCodes, upstreams } = deps;
  const second: [FactorName, Removable][] = [
    ['passkey', listed(passkeys)],
    ['totp', listed(totp)],
    ['sms_code', listed(phones)],
    [
      'recovery_code',
      {
        has: async (tenant, accountId) => (await recoveryCodes.status(tenant, accountId)) !== undefined,
        removeAll: recoveryCodes.removeAll,
      },
    ],
  ];

  return async (tenant: Tenant, accountId: string, which: 'second' | 'all'): Promise<FactorName[]> => {
    const removed: FactorName[] = [];
    const due = which === 'all' ? [...second, ['upstream', listed(upstreams)] as const] : second;
    for (const [name, factor] of due) {
      if (await factor.has(tenant, accountId)) removed.push(name);
      await factor.removeAll(tenant, accountId);
    }
    return removed;
  };
}

const listed = (factor: {
  list(tenant: Tenant, accountId: string): Promise<readonly unknown[]>;
  removeAll: Removable['removeAll'];
}): Removable => ({
  has: async (tenant, accountId) => (await factor.list(tenant, accountId)).length > 0,
  removeAll: factor.removeAll,
});
