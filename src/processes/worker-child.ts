import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../platform/monitoring/logger.ts';
import type { ObserveRun } from '../platform/monitoring/process-metrics.ts';
import type { DatabaseAccess } from '../platform/postgres/database.ts';
import { withAllocatorSettings } from './allocator-settings.ts';
import { parseRunReport } from './worker-ipc.ts';

/** Maximum delay of the exponential backoff for restarting a worker. */
const MAX_RESTART_MILLISECONDS = 30_000;
const FIRST_RESTART_MILLISECONDS = 500;

/** A worker that has run for this long was healthy: the backoff is reset. */
const HEALTHY_MILLISECONDS = 60_000;

/** A worker requeues its run and exits within 10 s; otherwise it is killed. */
const STOP_MILLISECONDS = 10_000;

/** A worker process beside the API, which is restarted whenever it exits, until it is stopped. */
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
      this.#logger.error({ end, againInMilliseconds: wait }, 'the worker exited and is restarted');
      await delay(wait, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
      wait = Math.min(wait * 2, MAX_RESTART_MILLISECONDS);
    }
  }

  #runOnce(): Promise<string> {
    return new Promise((resolve) => {
      // A group of its own: Ctrl-C in the terminal reaches this process alone, which then ends the worker in order.
      const child = fork(this.#mainFile, ['worker', '--child'], { detached: true, env: withAllocatorSettings() });
      this.#child = child;
      child.send(this.#access, (error) => {
        if (error) child.kill('SIGKILL');
      });
      child.on('message', (message) => {
        const report = parseRunReport(message);
        if (report !== null) this.#observeRun(report);
      });
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    });
  }
}
