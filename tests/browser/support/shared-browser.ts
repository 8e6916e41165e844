import type { Browser } from 'playwright-core';
import { findChromium, launchChromium } from './chromium.ts';

/** As if a screen reader were there: otherwise Chromium keeps what it does not draw out of the tree of accessibility. */
const WITH_SCREEN_READER = '--force-renderer-accessibility';

/** Starts the browser of a test file. scripts/browser-tests.ts has looked whether there is one. */
export async function startBrowser({ hasScreenReader = false } = {}): Promise<Browser> {
  const chromium = await findChromium();
  if ('missing' in chromium) throw new Error(`The tests of the console need Chromium: ${chromium.missing}.`);
  return await launchChromium(chromium.path, hasScreenReader ? [WITH_SCREEN_READER] : []);
}
