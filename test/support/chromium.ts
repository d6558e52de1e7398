import { type Browser, chromium } from 'playwright-core';
import { browserPath } from './engines.ts';

/** No sandbox and no GPU, as a container has neither; no call home. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-quic',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
];
/** Milliseconds. Only what never comes is waited for so long. */
const PATIENCE = 120_000;

export async function startChromium(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: browserPath(), args: FLAGS });
  return browser.on('context', (context) => context.setDefaultTimeout(PATIENCE));
}
