import { vi } from 'vitest';

/** Repeats a check until it holds: for what comes soon by itself. As patient as a busy machine needs. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 25_000, interval: 20 });
}
