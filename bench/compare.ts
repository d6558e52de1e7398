import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf } from './cpu.ts';
import { startGenerator } from './generator.ts';
import { startBare, startGatehouse } from './servers.ts';
import { type Spread, spread } from './statistics.ts';
import { type Engine, startStores } from './stores.ts';
import { shown, table } from './table.ts';
import type { Workload } from './workload.ts';
import { WORKLOADS } from './workloads.ts';

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
/** `plain`: Gatehouse at the workload that this one stands beside. */
type Turn = { name: 'bare' | 'gatehouse' | 'plain'; side: Side; workload: string };
export type Result = {
  workload: string;
  /** CPU-milliseconds for 1,000 operations. */
  bare: Spread;
  gatehouse: Spread;
  /** Of the two in the same round. */
  ratio: Spread;
  goal: number;
  /** Of Gatehouse to itself at the plain workload that is nearest, in the same round. */
  price?: { beside: string; ratio: Spread };
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
      const turns: Turn[] = sides.map((side) => ({ name: side.name, side, workload: workload.name }));
      if (workload.beside) turns.push({ name: 'plain', side: sides[1], workload: workload.beside });
      const run = ({ side: { issuer }, workload }: Turn, count: number) =>
        generator.run({ issuer, workload, ops: count });
      for (const turn of turns) await run(turn, Math.ceil(ops / 2));
      results.push(await measure(workload, ops, turns, stores.apart, options, run));
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
  turns: Turn[],
  apart: number[],
  options: CompareOptions,
  run: (turn: Turn, ops: number) => Promise<void>,
): Promise<Result> {
  const cost = { bare: [] as number[], gatehouse: [] as number[], plain: [] as number[] };
  const aside = cpuOf(apart);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) {
      const { pids } = turn.side;
      const before = cpuOf(pids);
      await run(turn, ops);
      // Writes and logs that were put off are part of the price.
      await sleep(150);
      cost[turn.name].push(((cpuOf(pids) - before) * 1000) / ops);
    }
  }
  return {
    workload: workload.name,
    bare: spread(cost.bare),
    gatehouse: spread(cost.gatehouse),
    ratio: spread(cost.gatehouse.map((ms, round) => ms / cost.bare[round]!)),
    goal: workload.goal[options.engine],
    ...(workload.beside && {
      price: { beside: workload.beside, ratio: spread(cost.gatehouse.map((ms, round) => ms / cost.plain[round]!)) },
    }),
    apart: ((cpuOf(apart) - aside) * 1000) / ops / options.rounds,
  };
}

const matches = (name: string, only: string[]) => only.length === 0 || only.some((part) => name.includes(part));

export function comparison(results: readonly Result[], engine: Engine): string {
  const withStore = engine === 'distributed';
  const prices = results.flatMap(({ workload, price }) =>
    price ? [[workload, shown(price.ratio, 2), price.beside]] : [],
  );
  const compared = table([
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
  if (prices.length === 0) return compared;
  return `${compared}\n\n${table([['Gatehouse beside itself', 'ratio', 'to'], ...prices])}`;
}
