/** What a request tells of the program that made it. */
export type Marks = { userAgent?: string | undefined; acceptLanguage?: string | undefined };

/** Names by which browsers without a person and libraries of programs call themselves. */
const PROGRAMS =
  /headless|phantomjs|puppeteer|playwright|selenium|webdriver|\bbot\b|crawl|spider|scrapy|curl\/|wget\/|httpie|python|aiohttp|go-http-client|okhttp|java\/|libwww|node-fetch|undici|axios|postman|insomnia/i;

/** Weak evidence: who wants to hide sends what a browser sends. */
export const automationOf = ({ userAgent = '', acceptLanguage = '' }: Marks) => ({
  noAcceptLanguage: acceptLanguage.trim() === '',
  headless: userAgent.trim() === '' || PROGRAMS.test(userAgent),
});
