/**
 * How much the console loads before it can be used, and how soon that is.
 *
 *   npm run build && npm start        in another terminal
 *   node benchmarks/console-start.ts [--url http://127.0.0.1:4000] [--runs 15]
 *
 * Chromium opens `/` without anything in its cache, once for each run, for somebody who is signed in. Counted are the compressed
 * bytes of all that is loaded until then, GraphiQL not among them. "Interactive" is the time from the beginning of the navigation
 * until the button to choose a file is drawn and has the focus, so that Enter would press it; "drawn" is the first contentful paint.
 * The bars are 250 kB and 1 s. Both ends are on this machine: there is no network between them.
 */

import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Browser, BrowserContext } from 'playwright-core';
import { findChromium, launchChromium } from '../tests/browser/support/chromium.ts';
import { quantileOf } from '../tests/chaos/report.ts';

const { values: options } = parseArgs({
  options: { url: { type: 'string', default: 'http://127.0.0.1:4000' }, runs: { type: 'string', default: '15' } },
});

const MAX_BYTES = 250_000;
const MAX_MILLISECONDS = 1_000;

interface Start {
  readonly bytes: number;
  readonly drawn: number;
  readonly interactive: number;
}

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }';

async function signUp(browser: Browser): Promise<Awaited<ReturnType<BrowserContext['storageState']>>> {
  const context = await browser.newContext({ baseURL: options.url });
  const input = { email: `console.${Date.now()}@example.com`, password: 'correct horse battery' };
  await context.request.post('/graphql', { data: { query: SIGN_UP, variables: { input } } });
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Milliseconds from the beginning of the navigation, in the page. */
const INTERACTIVE = `new Promise((resolve) => {
  const look = () => {
    const { activeElement } = document;
    if (activeElement?.textContent === 'Choose a CSV file') requestAnimationFrame(() => resolve(performance.now()));
    else requestAnimationFrame(look);
  };
  look();
})`;

const DRAWN = `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0`;

async function open(browser: Browser, storageState: Awaited<ReturnType<typeof signUp>>): Promise<Start> {
  const context = await browser.newContext({ baseURL: options.url, storageState });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto('/', { waitUntil: 'commit' });
  const interactive = await page.evaluate<number>(INTERACTIVE);
  const drawn = await page.evaluate<number>(DRAWN);
  await page.waitForLoadState('networkidle');
  // The session of the cookies has been renewed.
  storageState.cookies = (await context.storageState()).cookies;
  await context.close();
  return { bytes, drawn, interactive };
}

async function main(): Promise<void> {
  const chromium = await findChromium();
  if ('missing' in chromium) throw new Error(`There is no browser: ${chromium.missing}.`);
  const browser = await launchChromium(chromium.path);
  const load = loadavg()[0]!;
  try {
    const state = await signUp(browser);
    const starts: Start[] = [];
    for (let run = 0; run < Number(options.runs); run++) starts.push(await open(browser, state));
    report(starts, load);
  } finally {
    await browser.close();
  }
}

function report(starts: readonly Start[], load: number): void {
  const of = (field: keyof Start, share: number) =>
    Math.round(
      quantileOf(
        starts.map((start) => start[field]),
        share,
      ),
    );
  const bytes = of('bytes', 1);
  const interactive = of('interactive', 0.5);
  const verdict = (isWithin: boolean) => (isWithin ? 'within' : 'OVER');
  console.log(
    `${starts.length} starts of Chromium with an empty cache; load of the machine before them: ${load.toFixed(1)}`,
  );
  console.log(
    `first load    ${(bytes / 1000).toFixed(0)} kB at most (${verdict(bytes <= MAX_BYTES)} ${MAX_BYTES / 1000} kB)`,
  );
  console.log(`drawn         p50 ${of('drawn', 0.5)} ms, p95 ${of('drawn', 0.95)} ms`);
  console.log(
    `interactive   p50 ${interactive} ms, p95 ${of('interactive', 0.95)} ms (${verdict(interactive <= MAX_MILLISECONDS)} ${MAX_MILLISECONDS} ms at p50)`,
  );
}

await main();
