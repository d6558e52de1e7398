import { spawn } from 'node:child_process';
import { once } from 'node:events';

export type Command = { run: [string, ...string[]]; cwd?: string; env?: Record<string, string> };

/** Starts it in a process group of its own; `stop` ends all of that. */
export function start({ run: [program, ...args], cwd, env }: Command) {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, detached: true });
  const text: string[] = [];
  child.stderr.on('data', (chunk) => text.push(String(chunk)));
  // Without a reader of its own, what it says is part of its output, too.
  child.stdout.on('data', (chunk) => text.push(String(chunk)));
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'gone'));
  });
  const stop = async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Ended meanwhile.
    }
    await once(child, 'close').catch(() => {});
  };
  return { child, ended, stop, output: () => text.join('') };
}

export type Complaint = { text: string; isLate: boolean };

/** Runs it to its end; undefined if all is well, else why not. `limit`: milliseconds. */
export async function complaint(command: Command, limit: number): Promise<Complaint | undefined> {
  const { ended, stop, output } = start(command);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, limit, 'late');
  });
  const outcome = await Promise.race([ended, late]);
  clearTimeout(timer);
  await stop();
  if (outcome === 0) return undefined;
  return { text: `${command.run.join(' ')}: ${outcome}\n${output().trim().slice(-4000)}`, isLate: outcome === 'late' };
}
