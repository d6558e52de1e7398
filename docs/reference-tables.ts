import { z } from 'zod';

type Schema = {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  required?: string[];
};

/** One row for each leaf of a schema: its dotted path, what is allowed, the default, what it is for. */
export function settingsTable(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
  const rows = leaves('', json).map(([path, leaf, required]) => [
    `\`${path}\``,
    allowed(leaf),
    leaf.default === undefined
      ? required
        ? 'required'
        : ''
      : `\`${JSON.stringify(leaf.default).replaceAll('"', '')}\``,
    leaf.description ?? '',
  ]);
  return markdown([['Setting', 'Allowed', 'Default', 'What it does'], ...rows]);
}

function leaves(path: string, schema: Schema, required = false): [string, Schema, boolean][] {
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, property]) =>
      leaves(path ? `${path}.${name}` : name, property, schema.required?.includes(name)),
    );
  }
  if (schema.items?.properties) {
    return [[path, { ...schema, items: undefined }, required], ...leaves(`${path}[]`, schema.items)];
  }
  return [[path, schema, required]];
}

function allowed(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map(allowed).join(' or ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'integer') return `whole number, ${schema.minimum} to ${schema.maximum}`;
  if (schema.type === 'boolean') return '`true`, `false`';
  if (schema.type === 'array') {
    const size = range(schema.minItems, schema.maxItems, '');
    return `list${schema.items ? ` of ${allowed(schema.items)}` : ''}${size && `, ${size}`}`;
  }
  const size = range(schema.minLength, schema.maxLength, ' characters');
  return `text${size && `, ${size}`}`;
}

function range(min: number | undefined, max: number | undefined, unit: string): string {
  if (max !== undefined) return `${min === undefined ? 'at most ' : `${min} to `}${max}${unit}`;
  return min === undefined ? '' : `at least ${min}${unit}`;
}

const markdown = (rows: string[][]) =>
  [rows[0]!, rows[0]!.map(() => '---'), ...rows.slice(1)]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
