import { onTestFinished } from 'vitest';

/**
 * Lets what a test has started end with the test, also where that fails; what was started last ends first. A test may end it
 * before, which counts as the one time.
 */
export function endsWithTest<T extends Record<'close', () => unknown>>(started: T): T;
export function endsWithTest<Name extends string, T extends Record<Name, () => unknown>>(started: T, end: Name): T;
export function endsWithTest(started: Record<string, () => unknown>, end = 'close'): object {
  const once = started[end]?.bind(started);
  let ending: unknown;
  started[end] = () => {
    ending ??= once?.();
    return ending;
  };
  onTestFinished(async () => {
    await started[end]?.();
  });
  return started;
}
