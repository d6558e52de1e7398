import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** Looked at by people too: the pictures of the last run. */
const PICTURES = new URL('../../.cache/screenshots/', import.meta.url);

/** Keeps the whole page as a picture, once it is there. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.waitForLoadState();
  await page.screenshot({ path: new URL(`${name}.png`, PICTURES).pathname, fullPage: true });
}

/** What the page says in the console, and errors of its scripts, as they come. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    // A test may be in a field before the page has taken the focus there.
    if (!message.text().startsWith('Autofocus processing was blocked')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > innerWidth');

/** Bytes before compression, and of files that are in the cache already too. */
export const weightOf = (page: Page): Promise<{ total: number; script: number }> => page.evaluate(WEIGHT);

const WEIGHT = `(() => {
  const sum = (entries) => entries.reduce((total, { decodedBodySize }) => total + decodedBodySize, 0);
  const files = performance.getEntriesByType('resource');
  return {
    total: sum([...performance.getEntriesByType('navigation'), ...files]),
    script: sum(files.filter(({ initiatorType }) => initiatorType === 'script')),
  };
})()`;

/** What axe-core finds: its rule, and where. What our pages have in frames is hidden, and of others: it needs no page of its own. */
export async function accessibilityOf(page: Page): Promise<[string, string[]][]> {
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await axe
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]);
}
