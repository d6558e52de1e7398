import { newId } from '../../core/ids.ts';
import type { Copies, Row } from '../copies.ts';
import { tenantPrefix } from './artifacts.ts';
import type { Client } from './client.ts';
import { reach } from './failures.ts';

/** Milliseconds. Copies are short-lived, so that they take little room and no accident outlives them. */
const KEPT = 30_000;
/** Longer than the durable part may take for a write, its second try and the search for a primary included. */
const MARKED = 30_000;
const LEASED = 10_000;

const process = newId();
let count = 0;
/** Nobody else's, and told from a value by its first letter. */
const token = (letter: 'r' | 'w') => `${letter}${process}${++count}`;

/**
 * See `Copies`. A value names the run of the Redis process that its lease or marker was put into: one that another run
 * brought back, from its disk or as a replica, is nothing.
 */
export function copiesOf(client: Client, tenant: string, runOf: () => string | undefined): Copies {
  const key = (name: string) => `${tenantPrefix(tenant)}copy:${name}`;

  return {
    async through(name, read) {
      const run = runOf();
      if (!run) return read();
      const place = key(name);
      const lease = token('r');
      try {
        const held = await client.get(place);
        // The run of now: a connection may have been lost and made anew since the question.
        const row = held === null ? undefined : decode(held, runOf());
        if (row) return row;
        if (held !== null || (await client.set(place, lease, 'PX', LEASED, 'NX')) === null) return read();
      } catch {
        return read();
      }
      const row = await read();
      const left = row ? Math.min(KEPT, row.expires - Date.now()) : 0;
      if (row && left > 0) client.ghCopyReplace(place, lease, encode(row, run), left, '').catch(() => {});
      return row;
    },

    async around(names, write) {
      const run = runOf();
      const marker = token('w');
      await reach(Promise.all(names.map((name) => client.ghCopyMark(key(name), marker, MARKED))));
      const { result, row } = await write();
      const left = row && run ? Math.min(KEPT, row.expires - Date.now()) : 0;
      const value = row && run && left > 0 ? encode(row, run) : '';
      const replace = (name: string) => client.ghCopyReplace(key(name), marker, value, Math.max(left, 1), MARKED);
      await reach(Promise.all(names.map(replace)));
      return result;
    },
  };
}

const encode = ({ version, consumed, expires, payload }: Row, run: string) =>
  `${run} ${version} ${consumed ?? ''} ${expires} ${payload}`;

function decode(held: string, run: string | undefined): Row | undefined {
  if (!run || !held.startsWith(`${run} `)) return undefined;
  const [, version, consumed, expires] = held.split(' ', 4) as [string, string, string, string];
  const head = run.length + version.length + consumed.length + expires.length + 4;
  return {
    payload: held.slice(head),
    version: Number(version),
    consumed: consumed ? Number(consumed) : undefined,
    expires: Number(expires),
  };
}
