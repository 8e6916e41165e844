import type { Browser } from 'playwright-core';
import { findChromium, launchChromium } from './chromium.ts';

/** Starts the browser of a test file. scripts/browser-tests.ts has looked whether there is one. */
export async function startBrowser(): Promise<Browser> {
  const chromium = await findChromium();
  if ('missing' in chromium) throw new Error(`The tests of the console need Chromium: ${chromium.missing}.`);
  return await launchChromium(chromium.path);
}
