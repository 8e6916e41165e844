import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../platform/monitoring/logger.ts';
import type { ObserveRun } from '../platform/monitoring/process-metrics.ts';
import type { DatabaseAccess } from '../platform/postgres/database.ts';
import { workerEnvironment } from './allocator-settings.ts';
import { runReportOf } from './parent.ts';

/** A worker that keeps dying is started again ever more slowly, up to once in so long. */
const MAX_RESTART_MILLISECONDS = 30_000;
const FIRST_RESTART_MILLISECONDS = 500;

/** A worker that has run for so long was healthy: its end is not the continuation of earlier ones. */
const HEALTHY_MILLISECONDS = 60_000;

/** A worker hands back its run and exits within 10 s; one that does not is ended. */
const STOP_MILLISECONDS = 10_000;

/** One worker process beside the API: started again whenever it ends, until it is stopped. */
export class WorkerChild {
  readonly #mainFile: string;
  readonly #access: DatabaseAccess;
  readonly #logger: Logger;
  readonly #observeRun: ObserveRun;
  readonly #stopped = new AbortController();
  #child: ChildProcess | null = null;
  readonly #running: Promise<void>;

  /** `mainFile` is the command line's own file; the child is told over its channel how to reach the database, and tells of runs that end. */
  constructor(mainFile: string, access: DatabaseAccess, logger: Logger, observeRun: ObserveRun) {
    this.#observeRun = observeRun;
    this.#mainFile = mainFile;
    this.#access = access;
    this.#logger = logger;
    this.#running = this.#keepRunning();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    const child = this.#child;
    const timer = setTimeout(() => child?.kill('SIGKILL'), STOP_MILLISECONDS);
    child?.kill('SIGTERM');
    await this.#running;
    clearTimeout(timer);
  }

  async #keepRunning(): Promise<void> {
    let wait = FIRST_RESTART_MILLISECONDS;
    while (!this.#stopped.signal.aborted) {
      const startedAt = Date.now();
      const end = await this.#runOnce();
      if (this.#stopped.signal.aborted) return;
      if (Date.now() - startedAt > HEALTHY_MILLISECONDS) wait = FIRST_RESTART_MILLISECONDS;
      this.#logger.error({ end, againInMilliseconds: wait }, 'the worker ended and is started again');
      await delay(wait, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
      wait = Math.min(wait * 2, MAX_RESTART_MILLISECONDS);
    }
  }

  #runOnce(): Promise<string> {
    return new Promise((resolve) => {
      // A group of its own: Ctrl-C in the terminal reaches this process alone, which then ends the worker in order.
      const child = fork(this.#mainFile, ['worker', '--child'], { detached: true, env: workerEnvironment() });
      this.#child = child;
      child.send(this.#access, (error) => {
        if (error) child.kill('SIGKILL');
      });
      child.on('message', (message) => {
        const report = runReportOf(message);
        if (report !== null) this.#observeRun(report);
      });
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    });
  }
}
