import { IntlMessageFormat } from 'intl-messageformat';
import { direction } from './direction.ts';
import { withoutControls } from './text.ts';

export type Values = Record<string, string | number | Date>;
/** The text of a key in one language, its placeholders filled with `values`. Plain text, not HTML. */
export type Translate = (key: string, values?: Values) => string;

/**
 * Translates by a catalogue of texts in ICU MessageFormat. A text is compiled when it is first used; one without
 * placeholders is what it says. A value is never read as a message, and cannot turn the sentence around it.
 */
export function translator(locale: string, texts: Record<string, string>): Translate {
  const compiled = new Map<string, IntlMessageFormat>();
  const formatters = sharedFormatters();
  const fill = filler(direction(locale));
  return (key, values = {}) => {
    const text = texts[key];
    if (text === undefined) throw new Error(`there is no message "${key}"`);
    if (!text.includes('{')) return text;
    try {
      let message = compiled.get(key);
      if (!message) {
        message = compileMessage(locale, text, formatters);
        compiled.set(key, message);
      }
      return String(message.format(fill(values)));
    } catch (error) {
      throw new Error(`the message "${key}" cannot be formatted: ${(error as Error).message}`, { cause: error });
    }
  };
}

/** Throws for what is not ICU MessageFormat. `<` is a character as any other. */
export const compileMessage = (locale: string, text: string, formatters?: Formatters): IntlMessageFormat =>
  new IntlMessageFormat(text, locale, FORMATS, { ignoreTag: true, formatters });

/** Laid over the library's own styles: servers are anywhere, so dates are of UTC and times say so. */
const DATE = { timeZone: 'UTC' } as const;
const TIME = { timeZone: 'UTC', timeZoneName: 'short' } as const;
const FORMATS = {
  date: { short: DATE, medium: DATE, long: DATE, full: DATE },
  time: { short: TIME, medium: TIME, long: TIME, full: TIME },
};

/**
 * Values as they may stand in a text: without what is undefined, and without marks that turn the text around. One with
 * letters of the other direction is isolated, as <bdi> does in markup (Unicode UAX 9: FSI, PDI); but not a link, which
 * programs read.
 */
function filler(own: 'ltr' | 'rtl'): (values: Values) => Values {
  const foreign = own === 'ltr' ? RIGHT_TO_LEFT : LEFT_TO_RIGHT;
  const clean = (value: Values[string]) => {
    if (typeof value !== 'string') return value;
    const text = withoutControls(value);
    return foreign.test(text) && !text.includes('://') ? `\u2068${text}\u2069` : text;
  };
  return (values) =>
    Object.fromEntries(
      Object.entries(values)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => [name, clean(value)]),
    );
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const LEFT_TO_RIGHT = /[^\P{L}\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

type Formatters = NonNullable<ConstructorParameters<typeof IntlMessageFormat>[3]>['formatters'];

/** One of each kind for a whole catalogue: those of Intl are large, and the library would make them for each message. */
function sharedFormatters(): Formatters {
  return {
    getNumberFormat: once((...args) => new Intl.NumberFormat(...args)),
    getDateTimeFormat: once((...args) => new Intl.DateTimeFormat(...args)),
    getPluralRules: once((...args) => new Intl.PluralRules(...args)),
  };
}

function once<A extends unknown[], T>(make: (...args: A) => T): (...args: A) => T {
  const made = new Map<string, T>();
  return (...args) => {
    const key = JSON.stringify(args);
    let formatter = made.get(key);
    if (!formatter) {
      formatter = make(...args);
      made.set(key, formatter);
    }
    return formatter;
  };
}
