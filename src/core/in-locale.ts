/** One of texts by language: the locale's, or else its language's, or English, or whatever there is. */
export const inLocale = (texts: Record<string, string>, locale: string): string | undefined =>
  texts[locale] ?? texts[locale.split('-')[0]!] ?? texts.en ?? Object.values(texts)[0];
