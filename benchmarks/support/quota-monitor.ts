import type { System } from '../../tests/chaos/system.ts';
import { pause } from '../../tests/chaos/until.ts';
import { childrenOf } from '../../tests/support/kernel-group.ts';
import { anonymousMegabytes } from './cpu-quota.ts';

/** How often it is looked how old the heartbeats are, in milliseconds. */
const HEARTBEAT_INTERVAL = 500;

/** What the processes had in memory at one time, in MB. */
export interface MemorySample {
  readonly minute: number;
  readonly api: number;
  readonly workers: readonly number[];
  readonly postgres: number;
}

/** Looks, while a load runs, how long live workers were not heard of and how much memory all processes have. */
export class QuotaMonitor {
  readonly samples: MemorySample[] = [];
  /** By process id of a worker: the oldest that its heartbeat was while it ran, in seconds. */
  readonly heartbeatGaps = new Map<number, number>();
  /** The longest wait for its event loop that a worker told, in seconds. */
  longestLoopWait = 0;
  readonly #system: System;
  readonly #postgresPid: number;
  readonly #startedAt = performance.now();
  readonly #secondsBetweenSamples: number;
  readonly #ending = new AbortController();
  readonly #looking: Promise<unknown>;

  constructor(system: System, postgresPid: number, secondsBetweenSamples: number) {
    this.#system = system;
    this.#postgresPid = postgresPid;
    this.#secondsBetweenSamples = secondsBetweenSamples;
    this.#looking = Promise.all([this.#monitorHeartbeats(), this.#sampleMemory()]).catch((error: unknown) => error);
  }

  /** Throws what kept it from looking. */
  async end(): Promise<void> {
    this.#ending.abort();
    const failure = await this.#looking;
    if (failure instanceof Error) throw failure;
  }

  async #monitorHeartbeats(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      // Who ends while it is asked is no worker any more.
      const running = this.#system.workers.map(({ pid }) => pid);
      const rows = await this.#system.owner<{ process_id: number; gap: number; loop: number }[]>`
        select process_id, event_loop_seconds as loop,
          extract(epoch from clock_timestamp() - heartbeat_at)::float8 as gap from workers where not is_leaving`;
      const alive = new Set(this.#system.workers.map(({ pid }) => pid).filter((pid) => running.includes(pid)));
      for (const { process_id: pid, gap, loop } of rows) {
        if (!alive.has(pid)) continue;
        this.heartbeatGaps.set(pid, Math.max(gap, this.heartbeatGaps.get(pid) ?? 0));
        this.longestLoopWait = Math.max(loop, this.longestLoopWait);
      }
      await pause(HEARTBEAT_INTERVAL);
    }
  }

  async #sampleMemory(): Promise<void> {
    let next = performance.now();
    while (!this.#ending.signal.aborted) {
      if (performance.now() >= next) {
        next += this.#secondsBetweenSamples * 1_000;
        this.samples.push(await this.#sample());
      }
      await pause(200);
    }
  }

  async #sample(): Promise<MemorySample> {
    const [api] = this.#system.apis;
    const postgres = [this.#postgresPid, ...(await childrenOf(this.#postgresPid))];
    const total = async (pids: readonly number[]) =>
      (await Promise.all(pids.map(anonymousMegabytes))).reduce((sum, each) => sum + each, 0);
    return {
      minute: (performance.now() - this.#startedAt) / 60_000,
      api: api === undefined ? 0 : await anonymousMegabytes(api.process.pid),
      workers: await Promise.all(this.#system.workers.map(({ pid }) => anonymousMegabytes(pid))),
      postgres: await total(postgres),
    };
  }
}
