/** The country in the reader's language, else the address; empty where neither is known. */
export const placeIn = (
  { country, ip = '' }: { country?: string | undefined; ip?: string | undefined },
  locale: string,
): string => (country && new Intl.DisplayNames(locale, { type: 'region' }).of(country)) || ip;
