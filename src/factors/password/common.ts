import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../core/package-root.ts';
import { readings } from './leet.ts';
import { type List, readList } from './list-file.ts';
import { withoutObvious } from './obvious.ts';

/** The list has none that are shorter: no policy allows them. */
export const SHORTEST = 8;
/** So many digits and marks before or after a word make it no other word. */
const AFFIX = 4;

const LETTER = /[\p{L}\p{M}]/u;

export const LIST_FILE: string = join(packageRoot, 'config', 'passwords', 'common.bin');

let list: Promise<List> | undefined;

/** The shipped list, read when it is first asked for: 1.4 MB, that a command or a start without new passwords does not need. */
export function commonPasswords(): Promise<List> {
  list ??= readFile(LIST_FILE).then(readList);
  // What is not read today may be there tomorrow.
  list.catch(() => {
    list = undefined;
  });
  return list;
}

/** Whether a folded text, or what it is a simple variation of, is among the million most common passwords. */
export async function isCommon(text: readonly string[], words: readonly (readonly string[])[]): Promise<boolean> {
  const { has } = await commonPasswords();
  for (const variation of variations(text, words)) if (has(variation)) return true;
  return false;
}

function variations(text: readonly string[], words: readonly (readonly string[])[]): Set<string> {
  const bare = [text, withoutObvious(text, words)].flatMap((whole) => {
    const back = withoutAffix(whole.toReversed()).map((reversed) => reversed.toReversed());
    return [...back, ...back.flatMap(withoutAffix)];
  });
  return new Set(
    bare
      .filter((candidate) => candidate.length >= SHORTEST)
      .flatMap(readings)
      .map((reading) => reading.join('')),
  );
}

/** The text, and what is left of it without its first one, two, ... characters as long as these are no letters. */
function withoutAffix(text: readonly string[]): (readonly string[])[] {
  const first = text.findIndex((c) => LETTER.test(c));
  const most = Math.min(AFFIX, first === -1 ? text.length : first);
  return Array.from({ length: most + 1 }, (_, i) => text.slice(i));
}
