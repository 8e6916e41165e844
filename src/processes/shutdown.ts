import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { Logger } from '../platform/monitoring/logger.ts';

/** A running command. */
export interface Running {
  close(grace?: Promise<unknown>): Promise<void>;
  /** Resolves with the reason when a part ends that the rest cannot do without. */
  readonly broken?: Promise<string>;
  /** Announces that it is running. */
  readonly announce?: () => void;
}

/** npm forwards Ctrl-C a second time; only a later signal forces the exit. */
const SECOND_SIGNAL_MILLISECONDS = 1_000;

/** Timeout of a start that was told to shut down, and waits for something, such as another process that migrates. */
const START_MILLISECONDS = 3_000;

/**
 * Graceful shutdown on the first SIGINT or SIGTERM, and immediate exit on a later one. It listens before the process starts
 * anything: a start that is told to shut down proceeds to its next step, or is aborted, and its cleanups are run.
 */
export class Shutdown {
  readonly #graceSeconds: number;
  readonly #logger: Logger;
  readonly #cleanups: (() => Promise<unknown>)[] = [];
  #running: Running | null = null;
  #startsUntil: NodeJS.Timeout | null = null;
  #requestedAt: number | null = null;
  /** Exit code of an aborted start: 128 + signal number, as shells report it. */
  #code = 1;

  constructor({ SHUTDOWN_GRACE_SECONDS }: Pick<Config, 'SHUTDOWN_GRACE_SECONDS'>, logger: Logger) {
    this.#graceSeconds = SHUTDOWN_GRACE_SECONDS;
    this.#logger = logger;
    process.on('SIGINT', () => this.#onSignal('SIGINT'));
    process.on('SIGTERM', () => this.#onSignal('SIGTERM'));
  }

  /** Whether shutdown was requested. */
  get isRequested(): boolean {
    return this.#requestedAt !== null;
  }

  /** To be called between the steps of a start: exits if shutdown was requested. */
  async step(): Promise<void> {
    if (this.isRequested) await this.#endStart();
  }

  /** Registers a cleanup that must run before an aborted start exits. */
  onAbort(end: () => Promise<unknown>): void {
    this.#cleanups.push(end);
  }

  /** The start is complete; null: nothing is left running. */
  started(running: Running | null): void {
    if (running === null) return;
    this.#running = running;
    if (this.#startsUntil !== null) clearTimeout(this.#startsUntil);
    // No grace period: it has not served any requests yet.
    if (this.isRequested) this.#end(running.close(), 0);
    else running.announce?.();
    void running.broken?.then((reason) => {
      // During a graceful shutdown the database stops too.
      if (this.isRequested) return;
      this.#logger.fatal({ failure: 'DATABASE_ENDED' }, reason);
      this.#requestedAt = Date.now();
      this.#logger.info({ reason }, 'ending');
      this.#end(running.close(), 1);
    });
  }

  #onSignal(signal: 'SIGINT' | 'SIGTERM'): void {
    if (this.#requestedAt !== null) {
      if (Date.now() - this.#requestedAt > SECOND_SIGNAL_MILLISECONDS) process.exit(1);
      return;
    }
    this.#requestedAt = Date.now();
    this.#code = 128 + constants.signals[signal];
    this.#logger.info({ reason: signal }, 'ending');
    // Ctrl-C needs no grace period; SIGTERM comes from orchestrators that replace the process.
    const grace = signal === 'SIGTERM' ? delay(this.#graceSeconds * 1_000) : Promise.resolve();
    if (this.#running !== null) this.#end(this.#running.close(grace), 0);
    else this.#startsUntil = setTimeout(() => void this.#endStart(), START_MILLISECONDS);
  }

  async #endStart(): Promise<never> {
    await Promise.allSettled(this.#cleanups.map((end) => end()));
    process.exit(this.#code);
  }

  #end(closed: Promise<void>, code: number): void {
    closed.then(
      () => process.exit(code),
      (error: unknown) => {
        this.#logger.error({ err: error }, 'shutdown failed');
        process.exit(1);
      },
    );
  }
}
