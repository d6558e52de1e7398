import { withoutControls } from '../core/text.ts';
import type { Data } from '../outbox/sealed-data.ts';

/** Values as texts show them: times as dates, what others have written made harmless. */
export type Values = Record<string, string | number | Date>;

const TIMES = new Set(['time', 'when', 'since']);

/** Whether the value of that name is a link of ours. */
export const isLink = (name: string): boolean => /^link$|Link$/.test(name);

export const valuesOf = (data: Data): Values =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => {
      if (typeof value === 'number') return [name, TIMES.has(name) ? new Date(value) : value];
      return [name, isLink(name) || name === 'newEmail' ? value : withoutUrls(value)];
    }),
  );

/**
 * Mail programs make links of what looks like one: a name or a device that somebody chose must not become a link in a mail
 * that comes from us. It looks the same as before.
 */
const withoutUrls = (text: string): string =>
  withoutControls(text)
    .replaceAll('://', ':\u2060/\u2060/')
    .replace(/(?<=[\p{L}\p{N}-])\.(?=\p{L})/gu, '\u2024');

/** The same as texts, for the placeholders of a tenant. */
export function formatted(values: Values, locale: string): Record<string, string> {
  const number = new Intl.NumberFormat(locale);
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'long', timeZone: 'UTC' });
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (value instanceof Date) return [name, date.format(value)];
      return [name, typeof value === 'number' ? number.format(value) : value];
    }),
  );
}
