import { z } from 'zod';
import { mac } from '../core/hashing.ts';
import { defineRecord } from '../store/records.ts';
import { upsert } from '../store/upsert.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { networkOf, subscriberOf } from './address.ts';
import { type Device, knows } from './device.ts';
import { placeOf } from './geo/place.ts';

/** From where somebody signs in; times are milliseconds since the epoch. */
export type Visit = { ip: string; device?: Device | undefined; at: number };

/** Of each kind the latest are kept, for so long after the last sign-in. */
const KEPT = 20;
const LIFE = 400 * 86_400_000;
/** Sign-ins of the same place and device are not written each time. */
const WRITTEN_EVERY = 3_600_000;
/** Sign-ins after which the hours are halved, so that a new habit counts. */
const HOURS_KEPT = 200;

const latest = z.array(z.string()).max(KEPT).default([]);
const schema = z.strictObject({
  /** The latest first. Addresses, networks and devices as keyed hashes: they can be compared, not read. */
  devices: latest,
  addresses: latest,
  networks: latest,
  countries: latest,
  /** How many sign-ins in each hour of the day (UTC). */
  hours: z.array(z.number().int()).length(24),
  lastAt: z.number().int(),
  lastCountry: z.string().optional(),
  expiresAt: z.number().int(),
});
export type History = z.output<typeof schema>;

/** One for each account, by its id. */
const historyRecord = defineRecord<History>({
  name: 'sign_in_history',
  scope: 'tenant',
  schema,
  expires: 'expiresAt',
});

export const historyOf = (tenant: Tenant, accountId: string): Promise<History | undefined> =>
  tenant.store.records(historyRecord).get(accountId);

/** What of a visit can be found in a history. Only a device that proves the account counts as one. */
export function marksOf(tenant: Tenant, accountId: string, { ip, device }: Visit) {
  const key = tenant.secretFor('sign-in history');
  const mark = (kind: string, text: string) => mac(key, `${kind} ${accountId} ${text}`).slice(0, 22);
  const { country } = placeOf(ip);
  return {
    devices: knows(tenant, device, accountId) ? mark('device', device.id) : undefined,
    addresses: mark('address', subscriberOf(ip)),
    networks: mark('network', networkOf(ip)),
    countries: country,
  };
}

/** After a full sign-in of the account: from now on it is known there. `device` as its cookie has it after that (`withAccount`). */
export async function remember(tenant: Tenant, accountId: string, visit: Visit): Promise<void> {
  const marks = Object.entries(marksOf(tenant, accountId, visit)) as [keyof ReturnType<typeof marksOf>, string?][];
  const { at } = visit;
  await upsert(tenant.store.records(historyRecord), accountId, (before) => {
    const isTheSame = before && marks.every(([kind, mark]) => mark === undefined || before[kind][0] === mark);
    if (isTheSame && at - before.lastAt < WRITTEN_EVERY) return undefined;
    const next = { ...(before ?? EMPTY), lastAt: at, expiresAt: at + LIFE };
    for (const [kind, mark] of marks) {
      if (mark !== undefined) next[kind] = [mark, ...next[kind].filter((other) => other !== mark)].slice(0, KEPT);
    }
    const country = marks.find(([kind]) => kind === 'countries')?.[1];
    return { ...next, hours: withHour(next.hours, hourOf(at)), ...(country !== undefined && { lastCountry: country }) };
  });
}

/** When the account is removed, or somebody else has signed in with it. */
export async function forgetHistory(tenant: Tenant, accountId: string): Promise<void> {
  await tenant.store.records(historyRecord).delete(accountId);
}

/** The hour of the day, UTC. */
export const hourOf = (at: number): number => new Date(at).getUTCHours();

const EMPTY = { devices: [], addresses: [], networks: [], countries: [], hours: new Array<number>(24).fill(0) };

function withHour(hours: number[], hour: number): number[] {
  const next = hours.with(hour, hours[hour]! + 1);
  const sum = next.reduce((total, count) => total + count, 0);
  return sum > HOURS_KEPT ? next.map((count) => count >> 1) : next;
}
