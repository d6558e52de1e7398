import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../core/clock.ts';
import { lru } from '../core/lru.ts';
import type { Tenant } from '../tenants/tenant.ts';

export type AttackType =
  | 'attack.guessing'
  | 'attack.stuffing'
  | 'attack.spray'
  | 'attack.signup_flood'
  | 'attack.sms_pumping'
  | 'attack.otp_guessing';

/**
 * `by`: which limit was passed (`address`, `account`, ...). `key`: of whom it is, under which it is told once; what names a
 * person belongs into it only as a keyed hash. `count`: how many there were in how many seconds (`within`).
 */
export type Attack = { type: AttackType; by: string; key: string; count: number; within: number };
/** The request that passed the limit. */
export type Occasion = { ip?: string; requestId?: string; accountId?: string; clientId?: string };

/** Tells whom it concerns; nobody waits for it. `at`: milliseconds since the epoch. */
export type Alert = (tenant: Tenant, attack: Attack, at: number) => void;

/** Seconds in which one attack is told once. */
const WINDOW = 15 * 60;

export type Attacks = {
  /** One audit event, and one alert where wanted, for each attack in 15 minutes, however many requests and nodes there are. */
  report(tenant: Tenant, attack: Attack, occasion: Occasion): Promise<void>;
};

/** `alert` hears of what was recorded (`alerts.ts`). */
export function createAttacks(deps: { audit: Pick<Audit, 'record'>; clock: Clock; alert?: Alert }): Attacks {
  // Under attack most requests are refused: they shall not ask the store whether it was told.
  const told = lru<number>(10_000);
  return {
    async report(tenant, attack, { ip, requestId, accountId, clientId }) {
      const now = deps.clock();
      const key = `${attack.type} ${attack.by} ${attack.key}`;
      const here = `${tenant.id} ${key}`;
      if ((told.get(here) ?? 0) > now) return;
      const isFirst = await tenant.store.artifacts.once(key, WINDOW);
      told.set(here, now + WINDOW * 1000);
      if (!isFirst) return;
      const details = { by: attack.by, count: attack.count, within: attack.within };
      const event = {
        type: attack.type,
        outcome: 'failure',
        target: accountId,
        ip,
        requestId,
        clientId,
        details,
      } as const;
      await deps.audit.record(tenant.id, event);
      deps.alert?.(tenant, attack, now);
    },
  };
}
