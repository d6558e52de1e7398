import { type Command, Option } from 'commander';
import { type Message, type MessageState, STATES } from '../../outbox/message.ts';
import type { Queue } from '../../outbox/queue.ts';
import type { Services } from '../../services.ts';
import type { Stored } from '../../store/records.ts';
import { inParallel } from '../in-parallel.ts';
import { all, tenantNamed } from '../lookup.ts';
import { date, type OutputOptions, print, table } from '../output.ts';
import { withServices } from '../services.ts';

/** `list` and `retry`, for the outbox of one kind of message. */
export function addOutboxCommands<T extends Message>(
  command: Command,
  outbox: {
    /** What is listed, in words. */
    what: string;
    queueOf: (services: Services) => Pick<Queue<T>, 'list' | 'retry'>;
    /** What operators may know of one, and of that what a row of the table shows. */
    describe: (message: Stored<T>) => Record<string, string>;
    columns: readonly string[];
  },
): Command {
  const { what, queueOf, describe, columns } = outbox;

  command
    .command('list <tenant>')
    .description(`what became of the ${what} of the last 30 days, and why`)
    .addOption(new Option('--state <state>', 'only those').choices(STATES))
    .option('--json', 'print JSON')
    .action((id: string, { state, ...options }: OutputOptions & { state?: MessageState }) =>
      withServices(async (services) => {
        const tenant = await tenantNamed(services, id);
        const where = state && { field: 'state', equals: state };
        show(await all((query) => queueOf(services).list(tenant, { ...query, where })), options);
      }),
    );
  command
    .command('retry <tenant> [id]')
    .description('send one that failed once more, from the first attempt on; without an id all that are dead')
    .option('--json', 'print JSON')
    .action((id: string, message: string | undefined, options: OutputOptions) =>
      withServices(async (services) => {
        const queue = queueOf(services);
        const tenant = await tenantNamed(services, id);
        const where = { field: 'state', equals: 'dead' };
        const dead = message ? [] : await all((query) => queue.list(tenant, { ...query, where }));
        const ids = message ? [message] : dead.filter(({ sealed }) => sealed !== undefined).map((each) => each.id);
        show(await inParallel(ids, (each) => queue.retry(tenant, each)), options);
      }),
    );
  return command;

  function show(messages: Stored<T>[], options: OutputOptions): void {
    const shown = messages.map((message) => {
      const { id, state, attempts, reason, createdAt, nextAttemptAt, sentAt } = message;
      return {
        id,
        ...describe(message),
        state,
        attempts,
        ...(reason !== undefined && { reason }),
        created: date(createdAt),
        ...(nextAttemptAt !== undefined && { next_attempt: date(nextAttemptAt) }),
        ...(sentAt !== undefined && { sent: date(sentAt) }),
      };
    });
    const rows = shown.map((row) => [
      row.id,
      row.state,
      row.attempts,
      ...columns.map((name) => (row as Record<string, unknown>)[name] as string),
      row.created,
      row.reason,
    ]);
    print(shown, table(rows), options);
  }
}
