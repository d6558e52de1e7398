import { z } from 'zod';
import { invalidInput } from '../core/errors.ts';
import { derive, open, seal } from '../core/sealing.ts';

/** What is shown for a secret that is stored; given back, it keeps that secret. */
export const SET = '(set)';
const PREFIX = 'sealed:';

export const isSealed = (value: unknown): value is string => typeof value === 'string' && value.startsWith(PREFIX);

/**
 * A setting that is a secret: sealed when it is stored, never shown, opened only where it is used (`tenant.openSecret`).
 * `plain`: what it must be.
 */
export const secret = (plain: z.ZodType<string> = z.string().min(1).max(1000)) =>
  z
    .string()
    .superRefine((value, ctx) => {
      const parsed = value === SET || isSealed(value) ? undefined : plain.safeParse(value);
      for (const { message } of parsed?.error?.issues ?? []) ctx.addIssue({ code: 'custom', message });
    })
    .meta({ secret: true });

export type SecretBox = { seal(text: string): string; open(sealed: string): string };

/** Seals and opens the secrets in the settings of one tenant. `open`: error `bad_config` for what was not sealed by it. */
export function secretBox(tenant: { id: string; dataKey: Buffer }): SecretBox {
  const context = `setting of ${tenant.id}`;
  let key: Buffer | undefined;
  const keyOf = () => {
    key ??= derive(tenant.dataKey, 'settings');
    return key;
  };
  return {
    seal: (text) => PREFIX + seal(keyOf(), text, context),
    open: (sealed) => open(keyOf(), sealed.slice(PREFIX.length), context).toString(),
  };
}

/**
 * The settings as they are to be stored: secrets sealed, those that did not change as `before` has them. Error
 * `invalid_input` where a secret is to be kept and there is none, or was sealed elsewhere.
 */
export function sealSecrets<T>(schema: z.ZodType, given: T, before: unknown, box: SecretBox): T {
  const stored = new Map<string, string>();
  mapSecrets(schema, before, (text, pointer) => {
    stored.set(pointer, text);
    return text;
  });
  return mapSecrets(schema, given, (text, pointer) => {
    const known = stored.get(pointer);
    if (known !== undefined && (text === SET || text === known || box.open(known) === text)) return known;
    const at = `/settings${pointer}`;
    if (text === SET)
      throw invalidInput(`${at} is "${SET}", but there is none`, [{ pointer: at, message: 'is not set' }]);
    if (isSealed(text))
      throw invalidInput(`${at} was sealed elsewhere`, [{ pointer: at, message: 'must be the secret' }]);
    return box.seal(text);
  }) as T;
}

/** The settings as they may be shown: `mark` in the place of each secret. */
export const hideSecrets = <T>(schema: z.ZodType, settings: T, mark: string = SET): T =>
  mapSecrets(schema, settings, () => mark) as T;

/** What of a schema this has to look into, which its public type does not show. */
type Inside = {
  innerType?: z.ZodType;
  in?: z.ZodType;
  element?: z.ZodType;
  valueType?: z.ZodType;
  shape?: Record<string, z.ZodType>;
  options?: z.ZodType[];
};

type Change = (text: string, pointer: string) => string;

/** The value with each of its secrets replaced. The pointer of one in a list names its item by `id`, where it has one. */
function mapSecrets(schema: z.ZodType, value: unknown, change: Change, at = ''): unknown {
  if (value === undefined || value === null) return value;
  if (schema.meta()?.secret === true) return typeof value === 'string' ? change(value, at) : value;
  const { innerType, in: input, element, valueType, shape, options } = schema.def as Inside;
  const same = innerType ?? input ?? options?.find((option) => option.safeParse(value).success);
  if (same) return mapSecrets(same, value, change, at);
  if (Array.isArray(value) && element)
    return value.map((item, i) => mapSecrets(element, item, change, `${at}/${item?.id ?? i}`));
  if (typeof value !== 'object' || !(shape ?? valueType)) return value;
  const parts = Object.entries(value).map(([name, part]) => {
    const inner = shape ? shape[name] : valueType;
    return [name, inner ? mapSecrets(inner, part, change, `${at}/${name}`) : part];
  });
  return Object.fromEntries(parts);
}
