import { hash } from 'node:crypto';
import { equal, mac } from '../core/hashing.ts';
import { randomSecret } from '../core/ids.ts';
import type { RiskPolicy } from '../tenants/settings/risk.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { subscriberOf } from './address.ts';
import { spend } from './budget.ts';

/**
 * Work for a browser: find a `solution` with which SHA-256 of `<salt>:<solution>` begins with `bits` zeros (public/pow.js).
 * A browser without script waits `wait` seconds before it answers. `token` goes back with the form.
 */
export type Work = { token: string; salt: string; bits: number; wait: number };

/** `retryAfter`: seconds, where waiting helps; else a new challenge does. `work`: the same, to be shown for the rest of its wait. */
export type WorkVerdict =
  | { passed: true; by: 'work' | 'wait' }
  | { passed: false; reason: 'forged' | 'expired' | 'unsolved' | 'used' }
  | { passed: false; reason: 'throttled'; retryAfter: number }
  | { passed: false; reason: 'too_soon'; work: Work };

/** Seconds in which a challenge must be answered. */
const LIFE = 15 * 60;
/** Waiting costs a program nothing: it may stand for work this often for one address, in so many seconds. */
const WAITS = { max: 10, window: 15 * 60 };

/** How much work a score asks for; 0: none. */
export function bitsFor(score: number, { challenge }: RiskPolicy): number {
  const { from_score, min_bits, max_bits } = challenge;
  if (score < from_score) return 0;
  const part = from_score >= 100 ? 1 : (score - from_score) / (100 - from_score);
  return Math.round(min_bits + part * (max_bits - min_bits));
}

/** A challenge of its own for each page that is shown; the server keeps nothing of it. `now`: milliseconds since the epoch. */
export function makeWork(tenant: Tenant, { purpose, bits }: { purpose: string; bits: number }, now: number): Work {
  const salt = randomSecret(128);
  const fields = `${bits}.${Math.floor(now / 1000).toString(36)}.${salt}`;
  const token = `${fields}.${proofOf(tenant, purpose, fields)}`;
  return { token, salt, bits, wait: waitOf(tenant, bits) };
}

/** Each challenge passes once, whatever node it is brought to. Error `unavailable`. */
export async function checkWork(
  tenant: Tenant,
  answer: { purpose: string; token: string; solution: string; ip: string },
  now: number,
): Promise<WorkVerdict> {
  const { purpose, token, solution, ip } = answer;
  const [, fields = '', bits = '', at = '', salt = '', proof = ''] = FORM.exec(token) ?? [];
  if (!equal(proof, proofOf(tenant, purpose, fields))) return { passed: false, reason: 'forged' };
  const age = Math.floor(now / 1000) - Number.parseInt(at, 36);
  if (age > LIFE) return { passed: false, reason: 'expired' };

  const by = solution === '' ? 'wait' : 'work';
  if (by === 'work' && !isSolved(salt, solution, Number(bits))) return { passed: false, reason: 'unsolved' };
  if (by === 'wait') {
    const left = waitOf(tenant, Number(bits)) - age;
    if (left > 0) return { passed: false, reason: 'too_soon', work: { token, salt, bits: Number(bits), wait: left } };
    const spent = await spend(tenant, [{ name: 'waits instead of work', of: [subscriberOf(ip)], ...WAITS }]);
    if (!spent.allowed) return { passed: false, reason: 'throttled', retryAfter: spent.retryAfter };
  }
  const isFirst = await tenant.store.artifacts.once(`challenge ${salt}`, LIFE + 1);
  return isFirst ? { passed: true, by } : { passed: false, reason: 'used' };
}

const FORM = /^((\d{1,2})\.([0-9a-z]{1,9})\.([\w-]{22}))\.([\w-]{43})$/;

const proofOf = (tenant: Tenant, purpose: string, fields: string) =>
  mac(tenant.secretFor('challenges'), JSON.stringify([purpose, fields]));

/** The harder the work, the longer the wait. */
function waitOf(tenant: Tenant, bits: number): number {
  const { wait, min_bits } = tenant.settings.risk.challenge;
  return wait * Math.max(1, bits - min_bits + 1);
}

function isSolved(salt: string, solution: string, bits: number): boolean {
  if (!/^\d{1,15}$/.test(solution)) return false;
  const digest = hash('sha256', `${salt}:${solution}`, 'buffer');
  return Math.clz32(digest.readUInt32BE()) >= bits;
}
