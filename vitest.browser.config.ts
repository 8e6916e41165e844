import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

// The tests of the console in a real browser: "npm run test:browser". One file at a time: each has a browser of its own.
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['tests/browser/**/*.test.ts'],
    exclude: [],
    globalSetup: ['tests/support/global-setup.ts', 'tests/browser/support/built-for-browsers.ts'],
    fileParallelism: false,
  },
});
