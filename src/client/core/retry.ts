import { type TrainyardError, toTrainyardError } from './errors.ts';

/** Errors that pass: the server or its database is away for a moment, or too much was asked for at once. */
const PASSING = ['NETWORK_ERROR', 'BAD_RESPONSE', 'SERVICE_UNAVAILABLE', 'RATE_LIMITED'];

const MIN_WAIT_MILLISECONDS = 250;
const MAX_WAIT_MILLISECONDS = 5_000;

/** Whether the same request may succeed a little later. */
export function isPassing({ code }: TrainyardError): boolean {
  return PASSING.includes(code);
}

/** Grows to the longest wait; at least half of it, the rest at random. */
export function waitBefore(attempts: number): number {
  const longest = Math.min(MIN_WAIT_MILLISECONDS * 2 ** attempts, MAX_WAIT_MILLISECONDS);
  return longest * (0.5 + Math.random() / 2);
}

/** How long to wait after an error: as long as the server says, if it does. */
export function waitAfter({ retryAfterSeconds }: TrainyardError, attempts: number): number {
  return retryAfterSeconds === null ? waitBefore(attempts) : retryAfterSeconds * 1_000;
}

/**
 * Repeats something that reads until it succeeds, or fails for a reason that does not pass. `onPassing` is told why it has
 * to be repeated.
 */
export async function untilReachable<Result>(
  read: () => Promise<Result>,
  signal: AbortSignal,
  onPassing: (error: TrainyardError) => void = () => {},
): Promise<Result> {
  for (let attempts = 0; ; attempts += 1) {
    try {
      return await read();
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const error = toTrainyardError(thrown);
      if (!isPassing(error)) throw error;
      onPassing(error);
      await sleep(signal, waitAfter(error, attempts));
    }
  }
}

/** Waits; rejects at once when the signal is aborted. */
function sleep(signal: AbortSignal, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', stop, { once: true });
  });
}
