import { variable } from '../config/variable.ts';
import { invalidInput } from '../core/errors.ts';
import { readSource, type Source } from './apply/read.ts';
import { readText } from './input.ts';

/** A YAML or JSON file, or with `-` the standard input, its `${NAME}`s filled in. Error `invalid_input`. */
export const readDocument = (file: string): Source =>
  readSource(readText(file), file === '-' ? 'standard input' : file, variable);

/** The same where it must be an object; without a file an empty one. `what` says of what. Error `invalid_input`. */
export function readObject(file: string | undefined, what: string): Record<string, unknown> {
  if (file === undefined) return {};
  const { name, value } = readDocument(file);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalidInput(`${name}: must be an object of ${what}`);
}
