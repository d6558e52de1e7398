/**
 * Fills the `{{name}}`s of a tenant's text. There is no logic, and what a value holds is never looked at again. What is not
 * known now is left out: which names there may be was checked when the text was set.
 */
export const fill = (text: string, values: Record<string, string>, safe = (value: string) => value): string =>
  text.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => (Object.hasOwn(values, name) ? safe(values[name]!) : ''));

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
  '=': '&#61;',
};

/** For HTML, and for attributes of it even where their quotes are missing. */
export const escapeHtml = (value: string): string => value.replace(/[&<>"'`=]/g, (char) => ENTITIES[char]!);
