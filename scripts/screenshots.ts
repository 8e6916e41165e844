import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { findChromium, launchChromium } from '../tests/browser/support/chromium.ts';

// The pictures of the README, from real runs on the dataset of the example: "npm run screenshots". Needs a server
// (TRAINYARD_URL, by default http://127.0.0.1:4000), on which it signs up.

const URL = process.env['TRAINYARD_URL'] ?? 'http://127.0.0.1:4000';
const FOLDER = 'docs/images';
const DATASET = 'examples/data/telco-churn.csv';

/** A PNG of a page would be ten times as large. */
const QUALITY = 70;

/** With the processes of a busy machine beside it. */
const SEARCH_MILLISECONDS = 300_000;

async function main(): Promise<void> {
  const chromium = await findChromium();
  if ('missing' in chromium) throw new Error(`There is no browser: ${chromium.missing}.`);
  await mkdir(FOLDER, { recursive: true });
  const browser = await launchChromium(chromium.path);
  try {
    const viewport = { width: 1200, height: 780 };
    const context = await browser.newContext({ locale: 'en-GB', baseURL: URL, viewport, deviceScaleFactor: 1 });
    const page = await context.newPage();
    await signUp(page);
    await takePictures(page);
  } finally {
    await browser.close();
  }
}

async function signUp(page: Page): Promise<void> {
  await page.goto('/?enter=sign-up');
  await page.getByLabel('E-mail address').fill(`ada.${Date.now()}@example.com`);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Create the account' }).click();
}

async function takePictures(page: Page): Promise<void> {
  await page.getByText('Drop a CSV file here').waitFor();
  const file = { name: 'telco-churn.csv', mimeType: 'text/csv', buffer: await readFile(DATASET) };
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByText('The file can be read').waitFor();
  await takePicture(page, 'report');
  await page.getByRole('button', { name: 'Store it' }).click();
  await page.getByRole('radio', { name: 'Gradient boosting' }).waitFor();
  const dataset = page.url();
  await page.getByRole('radio', { name: 'Gradient boosting' }).check();
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.getByText('Linear is trained beside it').waitFor();
  const comparison = (await page.getByRole('link', { name: 'compare the two' }).getAttribute('href')) ?? '/compare';
  await page.getByText('Succeeded').waitFor();
  await page.getByText('ROC AUC').waitFor();
  await takePicture(page, 'run');
  await page.getByRole('link', { name: 'Evaluation' }).click();
  await page.getByText('Calibration').waitFor();
  await takePicture(page, 'evaluation');
  await page.getByRole('link', { name: 'Predict' }).click();
  await page.getByText('The model says').waitFor();
  await takePicture(page, 'prediction');
  await page.goto(comparison);
  await page.getByText('The best').waitFor();
  await takePicture(page, 'comparison');
  await page.goto(dataset);
  await takePictureOfSearch(page);
}

/** AUTO, which the form begins with, takes a minute. */
async function takePictureOfSearch(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.getByText('Succeeded').waitFor({ timeout: SEARCH_MILLISECONDS });
  // What comes above the candidates would move them away again.
  await page.getByText('ROC AUC').waitFor();
  await page.getByRole('heading', { name: 'Candidates' }).evaluate((heading) => heading.scrollIntoView());
  await takePicture(page, 'leaderboard');
}

async function takePicture(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle');
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  const bytes = Buffer.from(data, 'base64');
  await writeFile(`${FOLDER}/${name}.webp`, bytes);
  console.log(`${FOLDER}/${name}.webp  ${Math.ceil(bytes.length / 1000)} kB`);
}

await main();
