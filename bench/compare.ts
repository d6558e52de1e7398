import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf } from './cpu.ts';
import { startGenerator } from './generator.ts';
import { startBare, startGatehouse } from './servers.ts';
import { type Spread, spread } from './statistics.ts';
import { type Engine, startStores } from './stores.ts';
import { shown, table } from './table.ts';
import { WORKLOADS, type Workload } from './workloads.ts';

export type CompareOptions = {
  engine: Engine;
  rounds: number;
  /** Multiplies the operations of each workload. */
  scale: number;
  only: string[];
  bcryptCost: number;
  dir: string;
};

type Side = { name: 'bare' | 'gatehouse'; issuer: string; pids: number[] };
export type Result = {
  workload: string;
  /** CPU-milliseconds for 1,000 operations. */
  bare: Spread;
  gatehouse: Spread;
  /** Of the two in the same round. */
  ratio: Spread;
  goal: number;
  /** CPU-milliseconds of the document store for 1,000 operations. */
  apart: number;
};

/** Measures both servers in turns, workload by workload, the order alternated: what else the machine does hits both. */
export async function compare(options: CompareOptions): Promise<Result[]> {
  const stops: (() => unknown)[] = [];
  try {
    const stores = await startStores(options.engine, options.dir);
    stops.unshift(stores.stop);
    const bare = await startBare(options.dir, options.bcryptCost);
    stops.unshift(bare.stop);
    const gatehouse = await startGatehouse(options.dir, { bcryptCost: options.bcryptCost, env: stores.env });
    stops.unshift(gatehouse.stop);
    const generator = startGenerator();
    stops.unshift(generator.stop);

    const sides: [Side, Side] = [
      { name: 'bare', issuer: bare.issuer, pids: [bare.pid] },
      { name: 'gatehouse', issuer: gatehouse.issuer, pids: [gatehouse.pid, ...stores.counted] },
    ];
    const results: Result[] = [];
    for (const workload of WORKLOADS.filter(({ name }) => matches(name, options.only))) {
      const ops = Math.max(16, Math.round(workload.ops * options.scale));
      const run = (issuer: string, count: number) => generator.run({ issuer, workload: workload.name, ops: count });
      for (const side of sides) await run(side.issuer, Math.ceil(ops / 2));
      results.push(await measure(workload, ops, sides, stores.apart, options, run));
      process.stderr.write('.');
    }
    process.stderr.write('\n');
    return results;
  } finally {
    for (const stop of stops) await stop();
  }
}

async function measure(
  workload: Workload,
  ops: number,
  sides: [Side, Side],
  apart: number[],
  options: CompareOptions,
  run: (issuer: string, ops: number) => Promise<void>,
): Promise<Result> {
  const cost = { bare: [] as number[], gatehouse: [] as number[] };
  const aside = cpuOf(apart);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const before = cpuOf(side.pids);
      await run(side.issuer, ops);
      // Writes and logs that were put off are part of the price.
      await sleep(150);
      cost[side.name].push(((cpuOf(side.pids) - before) * 1000) / ops);
    }
  }
  return {
    workload: workload.name,
    bare: spread(cost.bare),
    gatehouse: spread(cost.gatehouse),
    ratio: spread(cost.gatehouse.map((ms, round) => ms / cost.bare[round]!)),
    goal: workload.goal[options.engine],
    apart: ((cpuOf(apart) - aside) * 1000) / ops / options.rounds,
  };
}

const matches = (name: string, only: string[]) => only.length === 0 || only.some((part) => name.includes(part));

export function comparison(results: readonly Result[], engine: Engine): string {
  const withStore = engine === 'distributed';
  return table([
    ['CPU-ms for 1,000 operations', 'bare', 'gatehouse', 'ratio', 'goal', '', ...(withStore ? ['document store'] : [])],
    ...results.map(({ workload, bare, gatehouse, ratio, goal, apart }) => [
      workload,
      shown(bare),
      shown(gatehouse),
      shown(ratio, 2),
      goal.toFixed(1),
      ratio.median <= goal ? 'met' : 'MISSED',
      ...(withStore ? [apart.toFixed(0)] : []),
    ]),
  ]);
}
