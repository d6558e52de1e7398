import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { certified, FOR_SERVERS } from '../test/support/certificate.ts';
import { cpuOf } from './cpu.ts';
import { startGenerator } from './generator.ts';
import { startGatehouse } from './servers.ts';
import { type Spread, spread } from './statistics.ts';
import { type Engine, startStores } from './stores.ts';
import { shown, table } from './table.ts';
import { PLAIN } from './workloads.ts';

type Options = { engine: Engine; rounds: number; scale: number; only: string[]; bcryptCost: number; dir: string };
/** CPU-milliseconds for 1,000 operations; `ratio`: of the two in the same round. */
export type FeaturesResult = { workload: string; off: Spread; on: Spread; ratio: Spread };

/** What features may cost those who do not use them. */
const GOAL = 1.03;

const OFF = {
  protocol: {
    token_exchange: false,
    native_sso: false,
    device_authorization: { enabled: false },
    ciba: { enabled: false },
    client_registration: { mode: 'off' },
  },
};
const ON = {
  protocol: {
    token_exchange: true,
    native_sso: true,
    web_message: true,
    shared_signals: { enabled: true },
    device_authorization: { enabled: true },
    ciba: { enabled: true },
    client_registration: { mode: 'open' },
    client_id_metadata_documents: { enabled: true, hosts: ['clients.example.com'] },
  },
  authorization_details_types: [{ type: 'payment', schema: { type: 'object' } }],
  trusted_issuers: [
    {
      issuer: 'https://ci.example.com',
      jwks_uri: 'https://ci.example.com/jwks',
      rules: [{ client_id: 'service', subject: 'job', resources: [{ resource: 'https://api.example.com' }] }],
    },
  ],
  saml: { enabled: true },
};

/** Two servers that differ in what their tenant offers, in turns, at what makes no use of it. */
export async function features(options: Options): Promise<FeaturesResult[]> {
  const stops: (() => unknown)[] = [];
  const open = async (name: string, settings: object, env: Record<string, string>) => {
    const dir = join(options.dir, name);
    mkdirSync(dir);
    const stores = await startStores(options.engine, dir);
    stops.unshift(stores.stop);
    const { bcryptCost } = options;
    const server = await startGatehouse(dir, { bcryptCost, env: { ...stores.env, ...env }, settings, isPlain: true });
    stops.unshift(server.stop);
    return { issuer: server.issuer, pids: [server.pid, ...stores.counted], cost: [] as number[] };
  };
  try {
    const listener = certified({ names: { ip: [[127, 0, 0, 1]] }, usage: FOR_SERVERS });
    const mutualTls = {
      GATEHOUSE_MTLS_PORT: '0',
      GATEHOUSE_MTLS_CERT: listener.cert,
      GATEHOUSE_MTLS_KEY: listener.key,
    };
    const off = await open('off', OFF, {});
    const on = await open('on', ON, { ...mutualTls, GATEHOUSE_SAML: '1' });
    const generator = startGenerator();
    stops.unshift(generator.stop);

    const results: FeaturesResult[] = [];
    for (const { name, ops: usual } of PLAIN.filter(({ name }) => matches(name, options.only))) {
      const ops = Math.max(16, Math.round(usual * options.scale));
      for (const { issuer } of [off, on]) await generator.run({ issuer, workload: name, ops });
      for (const side of [off, on]) side.cost = [];
      for (let round = 0; round < options.rounds; round += 1) {
        for (const side of round % 2 === 0 ? [off, on] : [on, off]) {
          const before = cpuOf(side.pids);
          await generator.run({ issuer: side.issuer, workload: name, ops });
          // Writes and logs that were put off are part of the price.
          await sleep(150);
          side.cost.push(((cpuOf(side.pids) - before) * 1000) / ops);
        }
      }
      const ratio = spread(on.cost.map((ms, round) => ms / off.cost[round]!));
      results.push({ workload: name, off: spread(off.cost), on: spread(on.cost), ratio });
      process.stderr.write('.');
    }
    process.stderr.write('\n');
    return results;
  } finally {
    for (const stop of stops) await stop();
  }
}

const matches = (name: string, only: string[]) => only.length === 0 || only.some((part) => name.includes(part));

export const featuresReport = (results: readonly FeaturesResult[]): string =>
  table([
    ['CPU-ms for 1,000 operations', 'all off', 'all on', 'ratio', 'goal', ''],
    ...results.map(({ workload, off, on, ratio }) => [
      workload,
      shown(off),
      shown(on),
      shown(ratio, 3),
      GOAL.toFixed(2),
      ratio.median <= GOAL ? 'met' : 'MISSED',
    ]),
  ]);
