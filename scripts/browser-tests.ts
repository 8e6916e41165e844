import { findChromium } from '../tests/browser/support/chromium.ts';
import { runCounted } from './counted-run.ts';

// The tests of the console in a real browser: "npm run test:browser". Without a browser they are skipped, and the last line
// counts none.

const chromium = await findChromium();
if ('path' in chromium) await runCounted('browser', 'vitest.browser.config.ts');
else console.log(`The tests of the console are skipped: ${chromium.missing}.\nbrowser: 0 passed, 0 failed`);
