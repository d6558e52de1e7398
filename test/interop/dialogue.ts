import { createInterface } from 'node:readline';
import { type Command, start } from './command.ts';

/** What a client program saw, by the names in its folder's program. */
export type Seen = Record<string, unknown>;

/**
 * Runs a client program. It says one JSON object a line: `{"visit": URL}` to be told, on one line, where a person ends
 * who goes there, and last `{"seen": {...}}`. `limit`: milliseconds.
 */
export async function seenBy(
  command: Command,
  visit: (address: string) => Promise<string>,
  limit: number,
): Promise<Seen> {
  const { child, ended, stop, output } = start(command);
  const timer = setTimeout(() => void stop(), limit);
  let seen: Seen | undefined;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('{')) continue;
      const said = JSON.parse(line) as { visit?: string; seen?: Seen };
      if (said.visit) child.stdin.write(`${await visit(said.visit)}\n`);
      seen = said.seen ?? seen;
    }
    const code = await ended;
    if (code !== 0 || !seen) throw new Error(`it ended with ${code}: ${output().slice(-4000)}`);
    return seen;
  } finally {
    clearTimeout(timer);
    await stop();
  }
}
