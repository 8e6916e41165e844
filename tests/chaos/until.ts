/** How often a condition is looked at, in milliseconds. */
const INTERVAL = 10;

/** Thrown when a condition did not come true in its time. */
class TooLateError extends Error {}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The text of an error, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : JSON.stringify(error);
}

/**
 * Looks again and again until there is something: neither null, undefined nor false. A look that throws found nothing.
 * Throws, naming `what`, after so many seconds.
 */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
): Promise<T> {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    let trouble = '';
    try {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
    } catch (error) {
      trouble = ` (${messageOf(error)})`;
    }
    if (performance.now() > deadline) throw new TooLateError(`waited ${seconds} s in vain for ${what}${trouble}`);
    await pause(INTERVAL);
  }
}
