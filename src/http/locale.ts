export type Wishes = {
  uiLocales?: string | undefined;
  cookie?: string | undefined;
  acceptLanguage?: string | undefined;
};

/** The language of a page: `ui_locales` (OpenID Connect Core 3.1.2.1), then cookie, then Accept-Language, then `fallback`. */
export const chooseLocale = (wishes: Wishes, supported: string[], fallback: string): string =>
  askedLocale(wishes.uiLocales, supported) ??
  lookUp([wishes.cookie ?? ''], supported) ??
  lookUp(inAcceptLanguage(wishes.acceptLanguage), supported) ??
  lookUp([fallback], supported) ??
  supported[0] ??
  'en';

/** The supported locale that `ui_locales` asks for, if it asks for one. */
export const askedLocale = (uiLocales: string | undefined, supported: string[]): string | undefined =>
  lookUp(inUiLocales(uiLocales), supported);

/** `in 5 minutes`, for a wait in seconds. */
export function waitInWords(seconds: number, locale: string): string {
  const format = new Intl.RelativeTimeFormat(locale);
  return seconds < 90 ? format.format(seconds, 'second') : format.format(Math.ceil(seconds / 60), 'minute');
}

/** RFC 4647 3.4: the first tag that is supported, each shortened from its end until it is. */
function lookUp(tags: string[], supported: string[]): string | undefined {
  for (const tag of tags) {
    for (let range = canonical(tag).toLowerCase(); range; range = range.slice(0, Math.max(0, range.lastIndexOf('-')))) {
      const found = supported.find((locale) => locale.toLowerCase() === range);
      if (found) return found;
    }
  }
  return undefined;
}

/** Some systems still send the codes of languages that were replaced (RFC 5646 4.5): `iw` for `he`, `cmn` for `zh`. */
function canonical(tag: string): string {
  // Most requests ask for nothing, and to throw and catch costs more than all the rest here.
  if (tag === '') return '';
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? '';
  } catch {
    return '';
  }
}

/** Longer lists are not people's: what is beyond is not looked at. */
const MAX_LENGTH = 200;

const inUiLocales = (value = '') => value.slice(0, MAX_LENGTH).split(' ');

/** RFC 9110 12.5.4, best first. */
function inAcceptLanguage(value = ''): string[] {
  return value
    .slice(0, MAX_LENGTH)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((text) => text.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return { tag, q: weight ? Number(weight.slice(2)) : 1 };
    })
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ tag }) => tag);
}
