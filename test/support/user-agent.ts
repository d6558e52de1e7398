/** A browser's half of HTTP: cookies by host and path, redirects one by one, forms. No scripts. */

type Cookie = {
  name: string;
  value: string;
  host: string;
  path: string;
  httpOnly: boolean;
  secure: boolean;
  sameSite: string;
};

export type Page = {
  url: string;
  status: number;
  headers: Headers;
  body: string;
  /** Every address on the way here, this one included. */
  trail: { url: string; status: number; method: string }[];
};

export type Form = { action: string; method: string; fields: Record<string, string> };

/** Of the forms of a page the one that goes to that address. */
export const to = (form: string) => (candidate: Pick<Form, 'action'>) =>
  new URL(candidate.action).pathname.endsWith(`/${form}`);

export type UserAgent = ReturnType<typeof createUserAgent>;

/**
 * `stopAt`: addresses that begin so are not fetched; the redirect to them ends the trail (an application's callback).
 * `send`: how a request is made; default `fetch`.
 */
export function createUserAgent(
  options: { stopAt?: string; send?: typeof fetch; headers?: Record<string, string> } = {},
) {
  const send = options.send ?? fetch;
  let jar: Cookie[] = [];

  function cookieHeader(url: URL): string {
    return jar
      .filter((cookie) => cookie.host === url.hostname && isWithin(url.pathname, cookie.path))
      .map((cookie) => `${cookie.name}=${cookie.value}`)
      .join('; ');
  }

  function keepCookies(url: URL, headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const attribute = (name: string) =>
        attributes.find((text) => text.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
      const flags = attributes.map((text) => text.toLowerCase());
      const cookie: Cookie = {
        name: pair.slice(0, at),
        value: pair.slice(at + 1),
        host: url.hostname,
        path: attribute('path') ?? url.pathname.replace(/\/[^/]*$/, '') ?? '/',
        httpOnly: flags.includes('httponly'),
        secure: flags.includes('secure'),
        sameSite: attribute('samesite') ?? '',
      };
      jar = jar.filter(
        (known) => known.name !== cookie.name || known.path !== cookie.path || known.host !== cookie.host,
      );
      const expires = attribute('expires');
      if (!(expires && Date.parse(expires) <= Date.now()) && attribute('max-age') !== '0') jar.push(cookie);
    }
  }

  async function request(
    address: string,
    init: { method?: string; body?: URLSearchParams; headers?: Record<string, string> } = {},
  ): Promise<Page> {
    const trail: Page['trail'] = [];
    let url = new URL(address);
    let { method = 'GET', body } = init;
    for (let hops = 0; hops < 20; hops += 1) {
      const cookie = cookieHeader(url);
      const response = await send(url, {
        method,
        redirect: 'manual',
        headers: {
          accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
          ...options.headers,
          ...init.headers,
          ...(cookie && { cookie }),
          ...(body && { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(body && { body: body.toString() }),
      });
      keepCookies(url, response.headers);
      trail.push({ url: url.href, status: response.status, method });
      const location = response.headers.get('location');
      if (!location || response.status < 300 || response.status >= 400) {
        return {
          url: url.href,
          status: response.status,
          headers: response.headers,
          body: await response.text(),
          trail,
        };
      }
      await response.body?.cancel();
      url = new URL(location, url);
      if (options.stopAt && url.href.startsWith(options.stopAt)) {
        return { url: url.href, status: response.status, headers: response.headers, body: '', trail };
      }
      // RFC 9110 15.4: only 307 and 308 keep method and body.
      if (response.status !== 307 && response.status !== 308) {
        method = 'GET';
        body = undefined;
      }
    }
    throw new Error(`too many redirects from ${address}`);
  }

  return {
    get: (url: string, headers?: Record<string, string>) => request(url, { ...(headers && { headers }) }),
    post: (url: string, fields: Record<string, string>, headers?: Record<string, string>) =>
      request(url, { method: 'POST', body: new URLSearchParams(fields), ...(headers && { headers }) }),
    /** Sends the form of a page, with these fields filled in. */
    submit(page: Page, fields: Record<string, string> = {}, pick: (form: Form) => boolean = () => true): Promise<Page> {
      const form = formsOf(page).find(pick);
      if (!form) throw new Error(`no form on ${page.url} (${page.status}): ${page.body.slice(0, 300)}`);
      return request(form.action, { method: 'POST', body: new URLSearchParams({ ...form.fields, ...fields }) });
    },
    cookies: () => jar,
    setCookies: (cookies: Cookie[]) => {
      jar = cookies;
    },
  };
}

/** The forms of a page with their hidden fields. */
export function formsOf(page: Pick<Page, 'url' | 'body'>): Form[] {
  return [...page.body.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attributes = '', inner = '']) => ({
    action: new URL(attributeOf(attributes, 'action') ?? '', page.url).href,
    method: attributeOf(attributes, 'method') ?? 'get',
    fields: Object.fromEntries(
      [...inner.matchAll(/<input\b([^>]*)>/g)]
        .map(([, input = '']) => input)
        .filter((input) => attributeOf(input, 'type') === 'hidden')
        .map((input) => [attributeOf(input, 'name') ?? '', attributeOf(input, 'value') ?? '']),
    ),
  }));
}

const attributeOf = (attributes: string, name: string) => {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
  return value
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
};

/** RFC 6265 5.1.4. */
const isWithin = (path: string, cookiePath: string) =>
  path === cookiePath || (path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/'));
