/** Just enough of an HTML tokenizer to judge our own pages; what it cannot read strictly is an error. */

export type Element = { name: string; attributes: Record<string, string> };

export function elementsOf(html: string): Element[] {
  const elements: Element[] = [];
  for (const [tag, name, rest] of html.matchAll(/<(?!!--|!doctype|\/)([^\s/>]*)((?:"[^"]*"|[^">])*)>/gi)) {
    const attributes: Record<string, string> = {};
    const left = rest!.replace(/\s([a-z][\w-]*)(?:="([^"]*)")?(?=[\s/]|$)/gi, (_, key: string, value = '') => {
      attributes[key.toLowerCase()] = decode(value);
      return '';
    });
    if (left.replaceAll('/', '').trim()) throw new Error(`attributes that are not quoted in ${tag}`);
    elements.push({ name: name!.toLowerCase(), attributes });
  }
  return elements;
}

/** What a Content-Security-Policy would have to stop; empty for a page of ours. `hosts`: declared logos. */
export function dangers(html: string, hosts: string[] = []): string[] {
  return elementsOf(html).flatMap(({ name, attributes }) => {
    const found: string[] = [];
    if (!ELEMENTS.has(name)) found.push(`<${name}>`);
    if (name === 'script' && !attributes.src) found.push('inline script');
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith('on') || key === 'style' || key === 'srcdoc') found.push(`${name} ${key}`);
      const isResource = key === 'src' || (key === 'href' && name === 'link');
      if (isResource && !/^\/(?!\/)/.test(value) && !hosts.includes(URL.parse(value)?.host ?? '')) {
        found.push(`${name} ${key}=${value}`);
      }
      if ((key === 'href' || key === 'action') && !/^(https?:\/\/|\/(?!\/)|#|$)/.test(value))
        found.push(`${key}=${value}`);
    }
    return found;
  });
}

/** The text a person sees, entities resolved. */
export const textOf = (html: string): string => decode(html.replace(/<(?:"[^"]*"|[^">])*>/g, ' ')).replace(/\s+/g, ' ');

/** The value of the field of that name. */
export const fieldValue = (html: string, name: string): string | undefined =>
  elementsOf(html).find((element) => element.name === 'input' && element.attributes.name === name)?.attributes.value;

const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#96;': '`',
  '&#92;': '\\',
};
const decode = (text: string) => text.replace(/&[#\w]+;/g, (entity) => ENTITIES[entity] ?? entity);

const ELEMENTS = new Set(
  (
    'html head meta title link script body div header img span bdi main h1 h2 h3 dl dt dd p ul li a form input label button ' +
    'svg path circle footer nav code details summary'
  ).split(' '),
);
