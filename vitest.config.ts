import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { CONDITION_VARIABLE, conditionOf } from './tests/support/conditions.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** How long `eventually` waits for what is to come by itself. */
    longestWait: number;
  }
}

const { slower, pace, filesAtOnce } = conditionOf(process.env[CONDITION_VARIABLE] ?? 'plain');

// Every timeout of the tests is here. They end what hangs and say nothing about speed: whoever waits for a condition ends as
// soon as it holds, and a machine with other work takes its time.
const longestWait = 60_000 * slower;
const longestTest = 180_000 * slower;

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // They need a browser: vitest.browser.config.ts.
    exclude: ['tests/browser/**'],
    globalSetup: ['tests/support/global-setup.ts'],
    setupFiles: ['reflect-metadata'],
    // The server is loaded once per worker instead of once per file: no test leaves anything in a module.
    isolate: false,
    expect: { poll: { timeout: longestWait } },
    provide: { longestWait },
    testTimeout: longestTest,
    hookTimeout: longestTest,
    ...(pace === null ? {} : { env: { TRAINYARD_TEST_PACE: pace } }),
    // Tests wait for other processes often: as many files as cores keep the cores busy, and one less, vitest's default, does not.
    maxWorkers: filesAtOnce ?? availableParallelism(),
  },
  // type-graphql and graphql-ws must meet one copy of graphql, or every instanceof check fails.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
});
