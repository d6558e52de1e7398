import type { Stored } from '../../store/records.ts';
import type { TenantRecord } from '../../tenants/record.ts';
import type { TenantSettings } from '../../tenants/settings.ts';
import { storedSettings } from '../../tenants/stored-settings.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const DAY = 86_400_000;

/** Age of the signing keys, and whether the clock has gone back behind what it said before. */
export function checkKeys(tenants: Stored<TenantRecord>[], now: number): Finding[] {
  const findings = tenants.flatMap((tenant) => checkTenant(tenant, now));
  const future = tenants.filter(({ createdAt }) => createdAt > now);
  if (future.length > 0) findings.push(fail('clock', `is behind: ${future[0]!.id} was made at a later time`));
  else findings.push(ok('clock', `${new Date(now).toISOString()}, not before anything that is stored`));
  return findings.some(({ check }) => check === 'keys')
    ? findings
    : [ok('keys', `${tenants.length} tenants, every key younger than its rotation`), ...findings];
}

function checkTenant(tenant: Stored<TenantRecord>, now: number): Finding[] {
  try {
    return checkAges(tenant, storedSettings(tenant).signing, now);
  } catch (error) {
    return [fail('keys', (error as Error).message)];
  }
}

function checkAges(
  { id, keys }: Stored<TenantRecord>,
  { algorithms, rotate_after_days }: TenantSettings['signing'],
  now: number,
): Finding[] {
  return algorithms.flatMap((alg) => {
    const active = keys.filter(
      (key) => key.alg === alg && key.activeFrom <= now && !((key.retiresAt ?? Infinity) <= now),
    );
    if (active.length === 0) return [fail('keys', `${id}: no ${alg} key signs; gatehouse key rotate ${id} --now`)];
    const age = Math.floor((now - Math.max(...active.map((key) => key.activeFrom))) / DAY);
    return age > rotate_after_days
      ? [
          warn(
            'keys',
            `${id}: the ${alg} key is ${age} days old (${rotate_after_days} allowed); gatehouse key rotate ${id}`,
          ),
        ]
      : [];
  });
}
