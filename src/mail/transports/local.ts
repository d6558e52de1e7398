import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blocked, type Outcome, SENT } from '../../outbox/outcome.ts';
import type { Email, TextMessage } from '../email.ts';
import { mimeOf } from '../mime.ts';

/** For people who try things: one file for each message, or the standard output. */

export const mailToFile = async (folder: string, email: Email): Promise<Outcome> =>
  toFile(folder, `${email.id}.eml`, await mimeOf(email));

export const smsToFile = (folder: string, { id, to, text }: TextMessage): Promise<Outcome> =>
  toFile(folder, `${id}.sms.txt`, `To: ${to}\n\n${text}\n`);

export function mailToConsole({ to, subject, text }: Email): Outcome {
  process.stdout.write(`\n--- mail to ${to}: ${subject}\n${text}---\n`);
  return SENT;
}

export function smsToConsole({ to, text }: TextMessage): Outcome {
  process.stdout.write(`\n--- text message to ${to}\n${text}\n---\n`);
  return SENT;
}

/** For the owner alone: codes and links are in it. */
async function toFile(folder: string, name: string, content: Buffer | string): Promise<Outcome> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, name), content, { mode: 0o600 });
    return SENT;
  } catch (error) {
    return blocked(`cannot write to ${folder}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
