import { setImmediate as nextTurn } from 'node:timers/promises';
import { inject, vi } from 'vitest';

/** Repeats a check until it holds: for what comes soon by itself. Waits as long as a busy machine needs: vitest.config.ts. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: inject('longestWait'), interval: 20 });
}

/** The same under fake timers, whose clock it leaves alone: waits from turn to turn of the event loop. */
export async function untilHolds(holds: () => boolean): Promise<void> {
  while (!holds()) await nextTurn();
}
