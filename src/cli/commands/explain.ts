import { Command, Option } from 'commander';
import { invalidInput } from '../../core/errors.ts';
import type { Step } from '../../journey/plan.ts';
import type { Turn } from '../../journey/walk.ts';
import { explainRecorded, type Recorded } from '../explain/recorded.ts';
import { explainRequest, type Imagined } from '../explain/request.ts';
import { tenantNamed } from '../lookup.ts';
import { date, facts, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

type Options = OutputOptions & Partial<Imagined> & { request?: string };

export function explainCommand(): Command {
  return new Command('explain')
    .argument('<tenant>')
    .description('what a sign-in is asked for and why: one to think through (--client), or one that was (--request)')
    .option('--client <id>', 'to which client')
    .option('--user <user>', 'whose, by id, e-mail address or username; else somebody who has what --has says')
    .option('--has <factors...>', 'without --user: what somebody can sign in with (default: password)')
    .option('--acr <values...>', 'acr_values of the request')
    .option('--max-age <seconds>', 'max_age of the request')
    .addOption(new Option('--prompt <prompt>', 'prompt of the request').choices(['login', 'create']))
    .option('--session <age:factors...>', 'signed in already: what was proven how long ago, as 2h:password,totp')
    .option('--trusted-device', 'in a browser that the user trusts')
    .addOption(new Option('--risk <action>', 'what the risk decides').choices(['allow', 'step_up', 'deny']))
    .option('--request <id>', 'what the audit trail tells of the sign-in of this request')
    .option('--json', 'print JSON')
    .action((id: string, { request, client, ...options }: Options) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        if (request !== undefined) {
          const recorded = await explainRecorded(services.audit, id, request);
          print(recorded, textOfRecorded(recorded), options);
          return;
        }
        if (client === undefined) throw invalidInput('give --client, or --request for a sign-in that was');
        const turns = await explainRequest(services, tenant, { client, ...options });
        print(turns, textOf(turns), options);
      }),
    );
}

/** What is asked, turn by turn, then what is not, then how it ends. */
function textOf(turns: readonly Turn[]): string {
  const asked = turns.flatMap(({ outcome, with: factor, why }, i) =>
    'ask' in outcome ? [[i + 1, outcome.ask, choiceOf(outcome, factor), becauseOf(why)]] : [],
  );
  const { why, outcome } = turns.at(-1)!;
  const spared = why.filter((reason) => !reason.asked).map(({ step, because }) => ['-', step, 'not asked', because]);
  return [table([['', 'step', 'with', 'because'], ...asked, ...spared]), endOf(outcome)].join('\n\n');
}

/** `password (or passkey)`: what was chosen, of what is allowed. */
function choiceOf(step: Step, factor: string | undefined): string {
  const others = 'factors' in step ? step.factors.filter((name) => name !== factor).join(', ') : '';
  if (factor === undefined) return others;
  return others ? `${factor} (or ${others})` : factor;
}

const becauseOf = (why: Turn['why']) =>
  [...new Set(why.filter(({ asked }) => asked).map(({ because }) => because))].join('; ');

function endOf(outcome: Turn['outcome']): string {
  if ('ask' in outcome) return 'ends here: the user has none of these';
  if ('refuse' in outcome) return `refused: ${outcome.refuse}`;
  const { aal, acr, amr } = outcome.done;
  return `signed in: ${[`level ${aal}`, acr && `acr ${acr}`, `amr ${amr.join(' ') || 'none'}`].filter(Boolean).join(', ')}`;
}

function textOfRecorded({ why, risk, at, ...event }: Recorded): string {
  const rows = why.map(({ step, asked, because }) => [step, asked ? 'asked' : 'not asked', because]);
  const points = Object.entries(risk?.reasons ?? {}).map(([signal, weight]) => `${signal} ${weight}`);
  const parts = [
    facts({
      at: date(at),
      ...event,
      risk: risk && [`${risk.action} (${risk.score})`, ...points].join(', '),
    }),
    rows.length > 0 ? table([['step', '', 'because'], ...rows]) : '',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
