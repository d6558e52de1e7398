import type { z } from 'zod';
import { invalidInput, type Problem } from './errors.ts';

/** The parsed value, or error `invalid_input` with one problem for each bad field, its pointer below `at`. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, at = ''): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(schema, issue, at));
  throw invalidInput(problems.map((problem) => `${problem.pointer || '/'}: ${problem.message}`).join('; '), problems);
}

function problemsOf(schema: z.ZodType, issue: z.core.$ZodIssue, at: string): Problem[] {
  const pointer = at + issue.path.map((part) => `/${escapePointer(String(part))}`).join('');
  if (issue.code === 'unrecognized_keys') {
    const known = fieldsAt(schema, issue.path);
    const message = known.length > 0 ? `is not a known field; known are ${known.join(', ')}` : 'is not a known field';
    return issue.keys.map((key) => ({ pointer: `${pointer}/${escapePointer(key)}`, message }));
  }
  const [, wanted, given] = /^Invalid input: expected (\w+), received (\w+)$/.exec(issue.message) ?? [];
  if (given === 'undefined') return [{ pointer, message: `is missing (${wanted})` }];
  return [{ pointer, message: given ? `must be of type ${wanted}, not ${given}` : issue.message }];
}

/** The names of the fields that a schema has at a path. */
function fieldsAt(schema: z.ZodType, path: PropertyKey[]): string[] {
  // The parts of a schema that its public type does not show.
  type Def = { innerType?: Schema; element?: Schema; shape?: Record<string, Schema> };
  type Schema = { def: Def } | undefined;
  const bare = (given: Schema): Schema => (given?.def.innerType ? bare(given.def.innerType) : given);
  const found = path.reduce<Schema>(
    (at, part) => {
      const { element, shape } = bare(at)?.def ?? {};
      return element ?? shape?.[String(part)];
    },
    schema as unknown as Schema,
  );
  return Object.keys(bare(found)?.def.shape ?? {});
}

/** For schemas: whether a list has nothing twice. */
export const isUnique = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

/** RFC 6901 3. */
const escapePointer = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');
