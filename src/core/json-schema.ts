import { createContext, Script } from 'node:vm';
import { type Schema, Validator } from '@cfworker/json-schema';
import { z } from 'zod';

/** Bytes of a schema, and how deep it may nest. */
const MAX_BYTES = 4096;
const MAX_DEPTH = 8;
/** CPU-milliseconds that one value may take; a good one takes less than one. */
const BUDGET = 100;
/** Milliseconds by the clock on the wall, the only one that can interrupt a script. */
const SLICE = 250;

const types = z.enum(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
const whole = z.number().int().min(0);

/** JSON Schema 2020-12 without references: nothing is fetched, nothing goes round. A misspelled keyword is refused, not ignored. */
const keywords: z.ZodType = z.lazy(() =>
  z.strictObject({
    $comment: z.string().optional(),
    title: z.string().optional(),
    description: z.string().optional(),
    default: z.json().optional(),
    examples: z.array(z.json()).optional(),
    type: z.union([types, z.array(types).min(1)]).optional(),
    enum: z.array(z.json()).min(1).optional(),
    const: z.json().optional(),
    minLength: whole.optional(),
    maxLength: whole.optional(),
    pattern: z.string().refine(isPattern, 'must be a regular expression').optional(),
    format: z
      .enum(['date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid'])
      .optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    exclusiveMaximum: z.number().optional(),
    multipleOf: z.number().positive().optional(),
    items: subschema.optional(),
    prefixItems: z.array(subschema).min(1).optional(),
    contains: subschema.optional(),
    minItems: whole.optional(),
    maxItems: whole.optional(),
    uniqueItems: z.boolean().optional(),
    properties: z.record(z.string(), subschema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: subschema.optional(),
    minProperties: whole.optional(),
    maxProperties: whole.optional(),
    allOf: z.array(subschema).min(1).optional(),
    anyOf: z.array(subschema).min(1).optional(),
    oneOf: z.array(subschema).min(1).optional(),
    not: subschema.optional(),
  }),
);
const subschema = z.union([z.boolean(), keywords]);

export type JsonSchema = { [keyword: string]: unknown };

/** A JSON Schema of bounded size and depth. */
export const jsonSchema = z.custom<JsonSchema>().superRefine((value, ctx) => {
  const problem = sizeProblem(value);
  if (problem) ctx.addIssue({ code: 'custom', message: problem });
  else for (const issue of keywords.safeParse(value).error?.issues ?? []) ctx.addIssue({ ...issue });
});

/** Why the value does not fit, in words; undefined when it does. */
export function misfitOf(schema: JsonSchema, value: unknown): string | undefined {
  // Patterns and alternatives are somebody's own: one that takes for ever must not stop everybody else.
  sandbox.run = () => new Validator(schema as Schema, '2020-12').validate(value);
  const began = process.threadCpuUsage();
  do {
    try {
      const { valid, errors } = script.runInContext(sandbox, { timeout: SLICE }) as ReturnType<Validator['validate']>;
      return valid ? undefined : (errors.at(-1)?.error ?? 'does not fit');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') break;
    }
    // On a busy machine a slice may pass without a turn: only what had its CPU has had its chance.
  } while (cpuSince(began) < BUDGET);
  return 'cannot be checked';
}

function cpuSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(began);
  return (user + system) / 1000;
}

const sandbox = createContext({}) as { run?: () => unknown };
const script = new Script('run()');

function sizeProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be a JSON Schema (an object)';
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_BYTES) return `must have at most ${MAX_BYTES} bytes`;
  return depthOf(value) > MAX_DEPTH ? `must not nest deeper than ${MAX_DEPTH}` : undefined;
}

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text, 'u'));
  } catch {
    return false;
  }
}
