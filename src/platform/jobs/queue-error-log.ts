import { setTimeout as delay } from 'node:timers/promises';
import { errorCodeOf } from '../error-code.ts';
import type { Logger } from '../monitoring/logger.ts';

/** Interval of checking whether the queue works again. */
const TRY_MILLISECONDS = 1_000;

/** The queue counts as recovered when it works, and there was no error for this time. */
const QUIET_MILLISECONDS = 5_000;

/**
 * Logs errors of the queue, whose parts retry several times a second while the database is unavailable: each kind of error
 * once, and one line with the number of errors when the queue works again.
 */
export class QueueErrorLog {
  readonly #logger: Logger;
  readonly #check: () => Promise<void>;
  readonly #closing = new AbortController();
  readonly #kinds = new Set<string>();
  #errors = 0;
  #since = 0;
  #latest = 0;

  /** `check` rejects if the queue does not work. */
  constructor(logger: Logger, check: () => Promise<void>) {
    this.#logger = logger;
    this.#check = check;
  }

  record(error: unknown): void {
    this.#latest = performance.now();
    this.#errors += 1;
    if (this.#errors === 1) {
      this.#since = this.#latest;
      void this.#waitForRecovery();
    }
    const known = asError(error);
    const kind = kindOf(known);
    if (this.#kinds.has(kind)) return;
    this.#kinds.add(kind);
    this.#logger.error(
      { err: known },
      'job queue error; retrying, further errors of this kind are not logged until it works again',
    );
  }

  close(): void {
    this.#closing.abort();
  }

  async #waitForRecovery(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      await delay(TRY_MILLISECONDS, undefined, { ref: false, signal }).catch(() => undefined);
      if (signal.aborted) return;
      const works = await this.#check().then(
        () => true,
        () => false,
      );
      if (works && performance.now() - this.#latest >= QUIET_MILLISECONDS) break;
    }
    const seconds = Math.round((this.#latest - this.#since) / 1_000);
    this.#logger.info({ errors: this.#errors, seconds }, 'job queue works again');
    this.#errors = 0;
    this.#kinds.clear();
  }
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return errorCodeOf(error) ?? error.message;
}

/** pg-boss reports errors of its workers as a copy of the error's fields, which a log would not recognise as an error. */
function asError(error: unknown): unknown {
  if (error instanceof Error || typeof error !== 'object' || error === null) return error;
  return Object.assign(new Error(), error);
}
