import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

type Stat = { ppid: number; ticks: number };

/** CPU-milliseconds (user and system, all threads) that the living processes of these trees have used so far. */
export function cpuOf(pids: readonly number[]): number {
  const all = processes();
  const tree = new Set(pids);
  for (let before = -1; before !== tree.size; ) {
    before = tree.size;
    for (const [pid, { ppid }] of all) if (tree.has(ppid)) tree.add(pid);
  }
  let ticks = 0;
  for (const pid of tree) ticks += all.get(pid)?.ticks ?? 0;
  return (ticks * 1000) / TICKS_PER_SECOND;
}

/** CPU-milliseconds of all children of this process that have ended (proc(5): cutime and cstime). */
export function cpuOfEndedChildren(): number {
  const fields = fieldsOf(readFileSync('/proc/self/stat', 'utf8'));
  return ((Number(fields[13]) + Number(fields[14])) * 1000) / TICKS_PER_SECOND;
}

/** Resident memory in MiB. */
export function rssOf(pid: number): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

function processes(): Map<number, Stat> {
  const found = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      found.set(Number(name), parse(readFileSync(`/proc/${name}/stat`, 'utf8')));
    } catch {
      // It ended between the listing and the read.
    }
  }
  return found;
}

/** proc(5): the name may hold spaces and brackets, so the fields are counted from the last bracket. */
const fieldsOf = (stat: string) => stat.slice(stat.lastIndexOf(')') + 2).split(' ');

function parse(stat: string): Stat {
  const fields = fieldsOf(stat);
  return { ppid: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
}
