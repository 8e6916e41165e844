import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    setupFiles: ['reflect-metadata'],
    // The server is loaded once per worker instead of once per file: no test leaves anything in a module.
    isolate: false,
    // A machine with other work takes its time; whoever waits for a condition ends as soon as it holds.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
  // type-graphql and graphql-ws must meet one copy of graphql, or every instanceof check fails.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
});
