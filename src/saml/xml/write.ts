/** XML that is written: nothing becomes part of it but what went through here. */
export type Xml = { readonly xml: string };
type Attributes = Record<string, string | number | boolean | undefined>;
type Child = Xml | string | undefined;

/** Texts among the children are escaped; attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes, ...children: readonly Child[]): Xml {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  const inside = children.map((child) => (typeof child === 'string' ? escaped(child) : (child?.xml ?? '')));
  return { xml: `<${name}${written.join('')}>${inside.join('')}</${name}>` };
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** What XML 1.0 has no way to say is left out (2.2). */
const escaped = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll(/[&<>"\t\n\r]/g, (char) => ENTITIES[char]!);

/** xs:dateTime in UTC, as SAML wants it (Core 1.3.3). `at` in milliseconds since the epoch. */
export const dateTime = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
