import type { Logger } from './logger.ts';

/** Enough to see what is going on; a client that floods the server must not flood its log. */
const MAX_LINES_PER_WINDOW = 5;
const WINDOW_MILLISECONDS = 10_000;

const shared = new WeakMap<Logger, LimitedLog>();

interface Window {
  readonly startedAt: number;
  lines: number;
}

/**
 * Logs warnings about clients, rate-limited: a few with the same message per ten seconds; a later line says how many were
 * omitted.
 */
export class LimitedLog {
  readonly #logger: Logger;
  readonly #now: () => number;
  /** By message, oldest window first. */
  readonly #windows = new Map<string, Window>();

  /** The shared instance of a logger. */
  static of(logger: Logger): LimitedLog {
    const known = shared.get(logger) ?? new LimitedLog(logger);
    shared.set(logger, known);
    return known;
  }

  /** `now`: a monotonic clock in milliseconds. */
  constructor(logger: Logger, now: () => number = () => performance.now()) {
    this.#logger = logger;
    this.#now = now;
  }

  /** `message` must be constant; variable parts go into the fields. */
  warn(fields: object, message: string): void {
    const now = this.#now();
    this.#endWindows(now);
    const window = this.#windows.get(message) ?? { startedAt: now, lines: 0 };
    this.#windows.set(message, window);
    window.lines += 1;
    if (window.lines <= MAX_LINES_PER_WINDOW) this.#logger.warn(fields, message);
  }

  #endWindows(now: number): void {
    for (const [message, { startedAt, lines }] of this.#windows) {
      if (now - startedAt < WINDOW_MILLISECONDS) return;
      this.#windows.delete(message);
      const leftOut = lines - MAX_LINES_PER_WINDOW;
      if (leftOut > 0) this.#logger.warn({ leftOut }, `${message}: further lines were suppressed`);
    }
  }
}
