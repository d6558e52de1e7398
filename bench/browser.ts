import type { Answer, Client } from './client.ts';

type Cookie = { value: string; path: string };

/** As much of a browser as a sign-in without JavaScript needs: cookies by path, and forms. */
export function createBrowser(request: Client) {
  const jar = new Map<string, Cookie>();

  function keep(answer: Answer): void {
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const attribute = (wanted: string) =>
        attributes.find((part) => part.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
      const path = attribute('path') ?? '/';
      const expires = attribute('expires');
      const gone = attribute('max-age') === '0' || (expires !== undefined && Date.parse(expires) < Date.now());
      if (gone) jar.delete(`${path} ${name}`);
      else jar.set(`${path} ${name}`, { value: pair, path });
    }
  }

  const browse = async (url: string, form?: Record<string, string>): Promise<Answer> => {
    const { pathname } = new URL(url);
    const sent = [...jar.values()].filter(
      ({ path }) => pathname === path || pathname.startsWith(path.replace(/\/?$/, '/')),
    );
    const cookie = sent.map(({ value }) => value).join('; ');
    const answer = await request(url, { form, headers: { accept: 'text/html', ...(cookie && { cookie }) } });
    keep(answer);
    return answer;
  };
  /** As after the end of a session: what the device is known by stays. */
  const leave = () => {
    for (const [key, { value }] of jar) if (!value.startsWith('device=')) jar.delete(key);
  };
  return Object.assign(browse, { leave });
}

export type Browser = ReturnType<typeof createBrowser>;

/** The page's form with this field: where it goes, and its fields as they stand. */
export function formOf(
  page: string,
  url: string,
  field = 'password',
): { action: string; fields: Record<string, string> } {
  const form = [...page.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)]
    .map(([html]) => html)
    .find((html) => html.includes(`name="${field}"`));
  if (!form) throw new Error(`no form with ${field} at ${url}: ${page.slice(0, 500)}`);
  const fields: Record<string, string> = {};
  for (const [input] of form.matchAll(/<input\b[^>]*>/g)) {
    const name = attributeOf(input, 'name');
    if (name) fields[name] = attributeOf(input, 'value') ?? '';
  }
  return { action: new URL(attributeOf(form, 'action') ?? '', url).href, fields };
}

const attributeOf = (html: string, name: string) =>
  new RegExp(`\\s${name}="([^"]*)"`)
    .exec(html)?.[1]
    ?.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code))
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
