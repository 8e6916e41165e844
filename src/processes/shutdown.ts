import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { Logger } from '../platform/monitoring/logger.ts';

/** What a command leaves running. */
export interface Running {
  close(grace?: Promise<unknown>): Promise<void>;
  /** Resolves with the reason when a part ends that the rest cannot do without. */
  readonly broken?: Promise<string>;
  /** Says that it runs. */
  readonly announce?: () => void;
}

/** npm passes the terminal's Ctrl-C on a second time; only one that comes later is an impatient person's. */
const SECOND_SIGNAL_MILLISECONDS = 1_000;

/** A start that has been told to end, and waits for something, such as another process that migrates, is given up after so long. */
const START_MILLISECONDS = 3_000;

/**
 * Ends a process in order on the first SIGINT or SIGTERM, and on a later one at once. It listens before the process starts
 * anything: a start that is told to end comes to its next step, or is given up, and what it holds is ended.
 */
export class Ending {
  readonly #graceSeconds: number;
  readonly #logger: Logger;
  readonly #held: (() => Promise<unknown>)[] = [];
  #running: Running | null = null;
  #startsUntil: NodeJS.Timeout | null = null;
  #askedAt: number | null = null;
  /** Of a start that does not come to its end: as a shell tells of a program that the signal has ended. */
  #code = 1;

  constructor({ SHUTDOWN_GRACE_SECONDS }: Pick<Config, 'SHUTDOWN_GRACE_SECONDS'>, logger: Logger) {
    this.#graceSeconds = SHUTDOWN_GRACE_SECONDS;
    this.#logger = logger;
    process.on('SIGINT', () => this.#ask('SIGINT'));
    process.on('SIGTERM', () => this.#ask('SIGTERM'));
  }

  /** Whether it was told to end. */
  get isAsked(): boolean {
    return this.#askedAt !== null;
  }

  /** During a start, between its steps: ends the process, which then does not come to the next one, where it was told to. */
  async step(): Promise<void> {
    if (this.isAsked) await this.#endStart();
  }

  /** A start has begun something that must end before the process does, whether or not the start comes to its end. */
  hold(end: () => Promise<unknown>): void {
    this.#held.push(end);
  }

  /** The start is done, and leaves this running; null: nothing. */
  started(running: Running | null): void {
    if (running === null) return;
    this.#running = running;
    if (this.#startsUntil !== null) clearTimeout(this.#startsUntil);
    // It has served nobody yet.
    if (this.isAsked) this.#end(running.close(), 0);
    else running.announce?.();
    void running.broken?.then((reason) => {
      // In the course of an orderly end the database ends too, which is no second signal.
      if (this.isAsked) return;
      this.#logger.fatal({ failure: 'DATABASE_ENDED' }, reason);
      this.#askedAt = Date.now();
      this.#logger.info({ reason }, 'ending');
      this.#end(running.close(), 1);
    });
  }

  #ask(signal: 'SIGINT' | 'SIGTERM'): void {
    if (this.#askedAt !== null) {
      if (Date.now() - this.#askedAt > SECOND_SIGNAL_MILLISECONDS) process.exit(1);
      return;
    }
    this.#askedAt = Date.now();
    this.#code = 128 + constants.signals[signal];
    this.#logger.info({ reason: signal }, 'ending');
    // Who stops it by hand waits for nobody; SIGTERM comes from those who start others in its place.
    const grace = signal === 'SIGTERM' ? delay(this.#graceSeconds * 1_000) : Promise.resolve();
    if (this.#running !== null) this.#end(this.#running.close(grace), 0);
    else this.#startsUntil = setTimeout(() => void this.#endStart(), START_MILLISECONDS);
  }

  async #endStart(): Promise<never> {
    await Promise.allSettled(this.#held.map((end) => end()));
    process.exit(this.#code);
  }

  #end(closed: Promise<void>, code: number): void {
    closed.then(
      () => process.exit(code),
      (error: unknown) => {
        this.#logger.error({ err: error }, 'ending failed');
        process.exit(1);
      },
    );
  }
}
