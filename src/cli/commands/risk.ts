import { Command } from 'commander';
import { invalidInput } from '../../core/errors.ts';
import { checked } from '../../core/validate.ts';
import { countOf, type Replayed, replay } from '../../risk/replay.ts';
import type { Services } from '../../services.ts';
import { risk } from '../../tenants/settings/risk.ts';
import { readObject } from '../document.ts';
import { tenantNamed } from '../lookup.ts';
import { date, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

type Options = OutputOptions & { policy?: string; since?: string };

export function riskCommand(): Command {
  const command = new Command('risk').description('decisions by risk: replay');
  command
    .command('replay <tenant>')
    .description('what a policy would have decided on the sign-ins that are recorded')
    .option(
      '--policy <file>',
      'settings.risk as YAML or JSON, what is left out by its default; else those of the tenant',
    )
    .option('--since <time>', 'a date, or so long ago: 30m, 12h, 7d')
    .option('--json', 'print JSON, every sign-in')
    .action((id: string, options: Options) => withServices((services) => show(services, id, options)));
  return command;
}

async function show(services: Services, id: string, { policy: file, since, ...options }: Options): Promise<void> {
  const tenant = await tenantNamed(services, id);
  const policy = file === undefined ? tenant.settings.risk : checked(risk, readObject(file, 'settings.risk'));
  const replayed: Replayed[] = [];
  const from = since === undefined ? 0 : timeOf(since, Date.now());
  for await (const one of replay(services.audit, id, { policy, since: from })) replayed.push(one);
  const counts = countOf(replayed);
  const sums = counts.map(({ was, would, count }) => [was, '->', would, count]);
  const text = [changesOf(replayed), replayed.length === 0 ? 'no sign-ins with recorded signals' : table(sums)];
  print({ counts, sign_ins: replayed }, text.filter((part) => part !== '').join('\n\n'), options);
}

/** One line for each sign-in that would have been decided otherwise. */
function changesOf(replayed: readonly Replayed[]): string {
  const changed = replayed.filter(({ was, would }) => was.action !== would.action);
  if (changed.length === 0) return '';
  const rows = changed.map(({ at, target, ip, was, would }) => [
    date(at),
    target,
    ip,
    `${was.action} (${was.score})`,
    `${would.action} (${would.score})`,
    would.reasons.map(({ signal, weight }) => `${signal} ${weight}`).join(', '),
  ]);
  return table([['at', 'user', 'address', 'was', 'would be', 'because of'], ...rows]);
}

/** Milliseconds since the epoch. Error `invalid_input`. */
function timeOf(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined)
    return now - Number(count) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 'm' | 'h' | 'd'];
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw invalidInput(`--since "${text}" is no time: give a date, or so long ago as 30m, 12h or 7d`);
  return at;
}
