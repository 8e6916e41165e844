import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { inject } from 'vitest';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { TestClient } from '../../support/test-client.ts';

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }';

let users = 0;

/** Somebody with a browser of their own. */
export interface ConsoleUser {
  readonly page: Page;
  readonly email: string;
  /** The same user as a program. */
  readonly client: TestClient;
  /** A second window of the same browser. */
  readonly openWindow: () => Promise<Page>;
}

export const PASSWORD = 'correct horse battery';

/** An e-mail address that nobody has signed up with. */
export function newEmail(): string {
  users += 1;
  return `browser${users}@example.com`;
}

/** Opens a window for somebody who has signed up, with the cookies of their session. Closed with the test. */
export async function openConsole(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<ConsoleUser> {
  const context = endsWithTest(await browser.newContext({ locale: 'en-GB', baseURL: url, ...options }));
  context.setDefaultTimeout(inject('longestWait'));
  const email = newEmail();
  const variables = { input: { email, password: PASSWORD } };
  const response = await context.request.post('/graphql', { data: { query: SIGN_UP, variables } });
  const { data } = (await response.json()) as { data: { signUp: { accessToken: string } } };
  const client = new TestClient(url, data.signUp.accessToken);
  return { page: await context.newPage(), email, client, openWindow: () => context.newPage() };
}

/** A window for somebody who is not signed in. */
export async function openSignedOut(browser: Browser, url: string): Promise<Page> {
  const context = endsWithTest(await browser.newContext({ locale: 'en-GB', baseURL: url }));
  context.setDefaultTimeout(inject('longestWait'));
  return await context.newPage();
}
