import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { compare, comparison } from './compare.ts';
import { features, featuresReport } from './features.ts';
import { passwords, passwordsReport } from './passwords.ts';
import { scale, scaleReport } from './scale.ts';

const positive = (value: string) => {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError('must be a number above 0');
  return number;
};
const collect = (value: string, all: string[]) => [...all, value];

const {
  engine,
  rounds,
  ops,
  only,
  cost,
  json,
  tenants,
  passwords: isPasswords,
  features: isFeatures,
} = new Command('npm run bench --')
  .description('Gatehouse beside bare oidc-provider: CPU time for 1,000 verified operations, in interleaved rounds.')
  .addOption(
    new Option('--engine <engine>', 'where Gatehouse keeps its state')
      .choices(['embedded', 'distributed'])
      .default('embedded'),
  )
  .option('--rounds <n>', 'rounds for each workload', positive, 5)
  .option('--ops <factor>', 'multiplies the operations of a round', positive, 1)
  .option('--only <part>', 'only workloads with this in their name (may be repeated)', collect, [])
  .option('--cost <n>', 'bcrypt cost on both sides', positive, 10)
  .option('--tenants <n>', 'instead: the scale run, with so many tenants in one store', positive)
  .option('--passwords', 'instead: sign-ins by password beside bare bcrypt, and what else is served while they queue')
  .option(
    '--features',
    'instead: plain workloads where the tenant offers everything, beside one that offers nothing else',
  )
  .option('--json', 'print the results as JSON')
  .parse()
  .opts();

const dir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
try {
  if (tenants) {
    const result = await scale({ tenants, engine, dir });
    console.log(json ? JSON.stringify(result, null, 2) : scaleReport(result));
  } else if (isPasswords) {
    const result = await passwords({ engine, rounds, scale: ops, bcryptCost: cost, dir });
    console.log(json ? JSON.stringify(result, null, 2) : passwordsReport(result));
  } else if (isFeatures) {
    const results = await features({ engine, rounds, scale: ops, only, bcryptCost: cost, dir });
    console.log(json ? JSON.stringify(results, null, 2) : featuresReport(results));
  } else {
    const results = await compare({ engine, rounds, scale: ops, only, bcryptCost: cost, dir });
    console.log(json ? JSON.stringify(results, null, 2) : comparison(results, engine));
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
