import { readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { invalidInput } from '../core/errors.ts';

/** A file, or with `-` the standard input, as text. Error `invalid_input`. */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw invalidInput(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** As `readText`, of a file that nobody else on the machine may read. */
export function readPrivate(file: string): string {
  const others =
    file === '-' || process.platform === 'win32' ? 0 : (statSync(file, { throwIfNoEntry: false })?.mode ?? 0);
  if ((others & 0o077) !== 0)
    throw invalidInput(`${file} can be read by others than its owner: chmod 600 it, or pipe it in and say -`);
  return readText(file);
}

/** A secret, from a pipe or typed unseen: arguments can be read by everybody on the machine, and stay in histories. */
export async function readSecret(prompt: string): Promise<string> {
  const secret = process.stdin.isTTY ? await typed(prompt) : readText('-').replace(/\r?\n$/, '');
  if (secret === '') throw invalidInput('no secret came by the standard input');
  return secret;
}

/** Nothing of it is echoed. Ctrl-C ends the wait. */
async function typed(prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const stop = new AbortController();
  reader.once('SIGINT', () => stop.abort());
  process.stderr.write(prompt);
  try {
    return await reader.question('', { signal: stop.signal });
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}
