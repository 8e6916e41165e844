import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MadeRun, madeRun, workspaceOfRuns } from '../support/made-runs.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { openConsole } from './support/console-user.ts';
import { startBrowser } from './support/shared-browser.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([
    startTestServer({}, { worker: false }),
    startBrowser({ hasScreenReader: true }),
  ]);
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

const PAGE_SIZE = 50;
const MANY = 3_000;
const OLDEST = 'the very first one';

/** So many rows are drawn at most, wherever the window is: it shows some ten, and browsers draw a few windows ahead. */
const MAX_DRAWN = 300;

interface LongList {
  readonly page: Page;
  readonly client: TestClient;
  /** The oldest first: it is the last in the list. */
  readonly runs: readonly MadeRun[];
}

/** The list of so many runs, with all of them loaded. */
async function openLongList(count: number): Promise<LongList> {
  const { page, client } = await openConsole(browser, server.url);
  const workspace = await workspaceOfRuns(client, server.database.owner);
  const runs = Array.from({ length: count }, (_, minute) =>
    madeRun({ status: 'CANCELLED', createdAt: new Date(Date.UTC(2026, 0, 1, 0, minute)) }),
  );
  await workspace.insert(runs);
  await rename(client, runs[0]!.id, OLDEST);
  await page.goto('/runs');
  const rows = page.locator('tbody tr');
  const more = page.getByRole('button', { name: 'Show more' });
  for (let length = PAGE_SIZE; length < count; length += PAGE_SIZE) {
    await expect.poll(() => rows.count()).toBe(length);
    await more.click();
  }
  await expect.poll(() => rows.count()).toBe(count);
  expect(await more.count()).toBe(0);
  return { page, client, runs };
}

async function rename(client: TestClient, id: string, name: string): Promise<void> {
  const operation = 'mutation ($input: UpdateTrainingRunInput!) { updateTrainingRun(input: $input) { id } }';
  await client.execute(operation, { input: { id, name } });
}

/** The places in the list, from 0, of the rows that the browser lays out and draws; it skips those that are far away. */
async function drawnRows(page: Page): Promise<number[]> {
  return await page.evaluate<number[]>(`[...document.querySelectorAll('tbody tr')].flatMap((row, place) =>
    row.firstElementChild.checkVisibility({ contentVisibilityAuto: true }) ? [place] : [])`);
}

/** What screen readers are told: the names of all links that lead to runs. */
async function linksInTree(page: Page): Promise<unknown[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  return nodes
    .filter(({ ignored, role }) => !ignored && role?.value === 'link')
    .map(({ name }): unknown => name?.value);
}

async function expectFewDrawn({ page }: LongList): Promise<void> {
  const places = [
    ['scrollTo(0, document.body.scrollHeight)', MANY - 1],
    ['scrollTo(0, 0)', 0],
  ] as const;
  for (const [move, shown] of places) {
    await page.evaluate(move);
    await expect.poll(() => drawnRows(page)).toContain(shown);
    expect((await drawnRows(page)).length).toBeLessThanOrEqual(MAX_DRAWN);
  }
  expect(await drawnRows(page)).not.toContain(MANY - 1);
}

/** All rows, wherever the window is, and where each stands. */
async function expectAllTold({ page }: LongList): Promise<void> {
  const names = await linksInTree(page);
  expect(names).toContain(OLDEST);
  expect(names.filter((name) => name === 'flowers → target')).toHaveLength(MANY - 1);
  // The head is a row too.
  expect(await page.locator('table').getAttribute('aria-rowcount')).toBe(String(MANY + 1));
  const indices = await page
    .locator('table tr')
    .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('aria-rowindex'))));
  expect(indices).toEqual(Array.from({ length: MANY + 1 }, (_, index) => index + 1));
}

/** From the last row of each part the Tab key leads to the first of the next, which is drawn by then. */
async function expectAllTabbed({ page, runs }: LongList): Promise<void> {
  const newestFirst = runs.toReversed();
  for (let place = PAGE_SIZE - 1; place < MANY - 1; place += PAGE_SIZE) {
    await page.locator(`a[href="/runs/${newestFirst[place]!.id}"]`).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const next = await page.evaluate('document.activeElement.getAttribute("href")');
    expect(next).toBe(`/runs/${newestFirst[place + 1]!.id}`);
    await expect.poll(() => drawnRows(page)).toContain(place + 1);
    expect((await drawnRows(page)).length).toBeLessThanOrEqual(MAX_DRAWN);
  }
  // Within a part nothing is taken out of the order.
  expect(await page.locator('tbody :is(a, input):is([tabindex], [inert], [hidden], :disabled)').count()).toBe(0);
}

async function expectOneChanged({ page, client, runs }: LongList): Promise<void> {
  await page.evaluate(`window.changed = 0; new MutationObserver((records) => { window.changed += records.length; })
    .observe(document.querySelector('table'), { subtree: true, childList: true, characterData: true, attributes: true })`);
  await rename(client, runs.at(-1)!.id, 'renamed meanwhile');
  await page.getByRole('link', { name: 'renamed meanwhile' }).waitFor({ state: 'attached' });
  expect(await page.locator('tbody tr').count()).toBe(MANY);
  expect(await page.evaluate<number>('window.changed')).toBeLessThan(20);
}

test('of thousands of runs few are drawn at a time, and all are there for the keyboard and for screen readers', async () => {
  const list = await openLongList(MANY);
  await expectFewDrawn(list);
  await expectAllTold(list);
  await expectAllTabbed(list);
  await expectOneChanged(list);
});

test('the search of the browser finds a row that is far from the window', async ({ skip }) => {
  const { page } = await openLongList(500);
  await page.evaluate('scrollTo(0, 0)');
  await expect.poll(() => drawnRows(page)).not.toContain(499);
  // What a search goes through is there, and not hidden.
  const link = page.getByRole('link', { name: OLDEST });
  expect(await link.evaluate((found: { checkVisibility(): boolean }) => found.checkVisibility())).toBe(true);

  skip(!(await page.evaluate<boolean>(`find('Runs')`)), 'this Chromium was built without a search');
  expect(await page.evaluate<boolean>(`find(${JSON.stringify(OLDEST)})`)).toBe(true);
  await expect.poll(() => drawnRows(page)).toContain(499);
  await expect.poll(() => drawnRows(page)).not.toContain(0);
});
