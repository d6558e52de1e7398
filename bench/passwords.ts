import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf } from './cpu.ts';
import { startGenerator } from './generator.ts';
import { ENV, PEOPLE, type Queued, whileQueued } from './queue.ts';
import { startGatehouse } from './servers.ts';
import { quantile, type Spread, spread } from './statistics.ts';
import { type Engine, startStores } from './stores.ts';
import { shown, table } from './table.ts';
import { PASSWORD_SIGN_IN } from './workloads.ts';

type Options = { engine: Engine; rounds: number; scale: number; bcryptCost: number; dir: string };
/** CPU-milliseconds and, as the wall clock has it, how many in a second. */
type Side = { cpu: Spread; perSecond: Spread };
export type PasswordsResult = { bcryptCost: number; bcrypt: Side; signIn: Side; ratio: Spread; queued: Queued };

/** A sign-in cannot be cheaper than its hash: of the CPU that it takes, this share should be that. */
const GOAL = 0.85;

/** Sign-ins and bare bcrypt in turns, then what a queue of sign-ins does to others. */
export async function passwords({ engine, rounds, scale, bcryptCost, dir }: Options): Promise<PasswordsResult> {
  const stops: (() => unknown)[] = [];
  try {
    const stores = await startStores(engine, dir);
    stops.unshift(stores.stop);
    const gatehouse = await startGatehouse(dir, { bcryptCost, env: { ...stores.env, ...ENV }, users: PEOPLE });
    stops.unshift(gatehouse.stop);
    const generator = startGenerator();
    stops.unshift(generator.stop);
    const yardstick = fork(new URL('./bare-bcrypt.ts', import.meta.url), [String(bcryptCost)]);
    stops.unshift(() => yardstick.kill());
    await once(yardstick, 'message');

    const { issuer } = gatehouse;
    const ops = Math.max(16, Math.round(PASSWORD_SIGN_IN.ops * scale));
    const signIns = meter([gatehouse.pid, ...stores.counted], ops, () =>
      generator.run({ issuer, workload: PASSWORD_SIGN_IN.name, ops }),
    );
    const bare = meter([yardstick.pid!], ops, async () => {
      yardstick.send(ops);
      await once(yardstick, 'message');
    });
    await generator.run({ issuer, workload: PASSWORD_SIGN_IN.name, ops: 32 });
    for (let round = 0; round < rounds; round += 1) {
      for (const side of round % 2 === 0 ? [bare, signIns] : [signIns, bare]) await side.measure();
      process.stderr.write('.');
    }
    const queued = await whileQueued(issuer);
    process.stderr.write('\n');
    return {
      bcryptCost,
      bcrypt: bare.result(),
      signIn: signIns.result(),
      ratio: spread(signIns.cpu.map((ms, round) => bare.cpu[round]! / ms)),
      queued,
    };
  } finally {
    for (const stop of stops) await stop();
  }
}

function meter(pids: number[], ops: number, run: () => Promise<void>) {
  const cpu: number[] = [];
  const perSecond: number[] = [];
  return {
    cpu,
    async measure() {
      const before = cpuOf(pids);
      const began = performance.now();
      await run();
      perSecond.push((ops * 1000) / (performance.now() - began));
      // Writes and logs that were put off are part of the price.
      await sleep(150);
      cpu.push((cpuOf(pids) - before) / ops);
    },
    result: (): Side => ({ cpu: spread(cpu), perSecond: spread(perSecond) }),
  };
}

export function passwordsReport({ bcryptCost, bcrypt, signIn, ratio, queued }: PasswordsResult): string {
  const { idle, busy, health, refused, retryAfter } = queued;
  const p95 = (values: number[]) => quantile(values, 0.95);
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const verdict = (isMet: boolean) => (isMet ? 'met' : 'MISSED');
  return [
    table([
      [`bcrypt cost ${bcryptCost}`, 'CPU-ms each', 'a second'],
      ['bare bcrypt', shown(bcrypt.cpu, 1), shown(bcrypt.perSecond, 1)],
      ['sign-in', shown(signIn.cpu, 1), shown(signIn.perSecond, 1)],
      ['ratio of CPU', shown(ratio, 2), `goal ${GOAL} ${verdict(ratio.median >= GOAL)}`],
    ]),
    '',
    table([
      [`while ${queued.signIns} sign-ins queue`, 'p95', 'goal', ''],
      ['token endpoint, idle', ms(p95(idle)), '', ''],
      ['token endpoint', ms(p95(busy)), ms(2 * p95(idle)), verdict(p95(busy) <= 2 * p95(idle))],
      ['/health/live', ms(p95(health)), ms(100), verdict(p95(health) <= 100)],
    ]),
    '',
    `a full queue: ${refused} answered 503, ${retryAfter} of them with Retry-After`,
  ].join('\n');
}
