import { inject, vi } from 'vitest';

/** Repeats a check until it holds: for what comes soon by itself. Waits as long as a busy machine needs: vitest.config.ts. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: inject('longestWait'), interval: 20 });
}
