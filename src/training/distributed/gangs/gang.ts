import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '../../../errors.ts';
import type { Logger } from '../../../platform/monitoring/logger.ts';
import type { Database, Transaction } from '../../../platform/postgres/database.ts';
import type { NotificationHub } from '../../../platform/postgres/notifications.ts';
import { RunRefusedError } from '../../runs/run-error.ts';
import type { ClaimedRun } from '../../runs/training-run.store.ts';
import { MIN_HOSTS } from '../hosts/live-hosts.ts';
import { type Assignment, assignRanks, type GangRows } from './assign-ranks.ts';
import type { GangWork } from './gang-order.ts';
import { RankLostError, toRankError } from './rank-lost-error.ts';
import type { RankReport } from './rank-report.ts';
import { deleteRanks, GANG_TOPIC, listRanks, listReports, stopRanks, type WatchedRank } from './training-rank.store.ts';

/** Interval of the looks, for what no notification has told. */
const POLL_MILLISECONDS = 500;

/** A rank that gives no sign of life for this long is lost. */
const SILENCE_SECONDS = 10;

/** How a training on several hosts ended. */
export type GangEnd = Extract<RankReport, { readonly event: 'done' }>;

export interface GangOptions {
  readonly database: Database;
  readonly changes: Pick<NotificationHub, 'listen'>;
  readonly logger: Logger;
  /** For how long it waits until enough hosts live. */
  readonly waitSeconds: number;
}

/** What a gang reports to the run's worker. */
export interface GangListener {
  /** It waits because other trainings have the hosts. */
  onBusy(): void;
  onAssigned(found: { readonly world: number; readonly xgboost: string }): Promise<void>;
  /** What rank 0 tells, in its order. */
  onReport(report: RankReport): Promise<void>;
}

/** The hosts that train together for an attempt, as the run's worker sees them. */
export class Gang implements AsyncDisposable {
  readonly #run: Pick<ClaimedRun, 'id' | 'attempt' | 'workspaceId'>;
  readonly #options: GangOptions;
  readonly #listener: GangListener;
  #isStopped = false;
  #seq = 0;
  /** Since when the database has told the truth: silence before that may have been its own. */
  #watchedSince = performance.now();
  #wake: () => void = () => undefined;

  constructor(run: Pick<ClaimedRun, 'id' | 'attempt' | 'workspaceId'>, options: GangOptions, listener: GangListener) {
    this.#run = run;
    this.#options = options;
    this.#listener = listener;
  }

  /** Asks all ranks to end with the best rounds so far. */
  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  /**
   * Trains. Rejects with the reason of the signal, with RankLostError if the attempt is to be repeated, and with RunRefusedError if that
   * would not help.
   */
  async train(work: GangWork, rows: GangRows, signal: AbortSignal): Promise<GangEnd> {
    const unlisten = this.#options.changes.listen(this.#run.id, (change) => {
      if (change === null || change.topic === GANG_TOPIC) this.#wake();
    });
    try {
      if (rows.shards.length < MIN_HOSTS) throw new Error('The rows of a training on several hosts are not divided.');
      await this.#assign(work, rows, signal);
      this.#watchedSince = performance.now();
      for (;;) {
        const end = await this.#look();
        if (end !== null) return end;
        await this.#pause(signal);
      }
    } finally {
      unlisten();
    }
  }

  /** Ends all ranks. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transaction((tx) => deleteRanks(tx, this.#gang)).catch((error: unknown) => {
      // The ranks end by themselves: their attempt is over.
      this.#options.logger.warn({ err: error }, 'the ranks of an attempt could not be removed');
    });
  }

  get #gang() {
    return { runId: this.#run.id, attempt: this.#run.attempt };
  }

  async #assign(work: GangWork, rows: GangRows, signal: AbortSignal): Promise<void> {
    const since = performance.now();
    let missingSince: number | null = null;
    let wasBusy = false;
    for (;;) {
      const found = await this.#tryToAssign(work, rows, (performance.now() - since) / 1000);
      if (found !== null && typeof found === 'object' && 'world' in found) {
        return await this.#listener.onAssigned(found);
      }
      if (found === 'BUSY' && !wasBusy) this.#listener.onBusy();
      wasBusy ||= found === 'BUSY';
      if (found !== null && typeof found === 'object') {
        missingSince ??= performance.now();
        if (performance.now() - missingSince >= this.#options.waitSeconds * 1000) {
          throw new RunRefusedError({ code: 'ENGINE_UNAVAILABLE', message: found.missing, hint: WITHOUT_HOSTS });
        }
      } else missingSince = null;
      await this.#pause(signal);
    }
  }

  /** Null while the database is away. */
  async #tryToAssign(work: GangWork, rows: GangRows, seconds: number): Promise<Assignment | null> {
    return await this.#unlessAway((tx) => assignRanks(tx, this.#gang, this.#run.workspaceId, work, rows, seconds));
  }

  /** Reads what is new; the end, once rank 0 has told it. */
  async #look(): Promise<GangEnd | null> {
    const found = await this.#unlessAway(async (tx) => {
      // Again each time: it is written once, and read by hosts that begin later, too.
      if (this.#isStopped) await stopRanks(tx, this.#gang);
      const ranks = await listRanks(tx, this.#gang);
      return { ranks, parts: await listReports(tx, { ...this.#gang, rank: 0 }, this.#seq) };
    });
    if (found === null) return null;
    for (const { seq, reports } of found.parts) {
      this.#seq = seq;
      for (const report of reports) {
        await this.#listener.onReport(report);
        if (report.event === 'done') return report;
      }
    }
    this.#requireAlive(found.ranks);
    return null;
  }

  #requireAlive(ranks: readonly WatchedRank[]): void {
    const failures = ranks.flatMap(({ failure }) => failure ?? []);
    // Where one rank fails, the others lose it: that is the cause of nothing.
    const failure = failures.find(({ code }) => code !== 'RANKS_LOST') ?? failures[0];
    if (failure !== undefined) throw toRankError(failure);
    if (ranks.length === 0) throw new RankLostError('The hosts of the training are gone');
    if (performance.now() - this.#watchedSince < SILENCE_SECONDS * 1000) return;
    const silent = ranks.find(({ state, silentSeconds }) => state !== 'DONE' && silentSeconds > SILENCE_SECONDS);
    if (silent === undefined) return;
    throw new RankLostError(
      `Host ${silent.rank + 1} of ${ranks.length} has given no sign of life for ${SILENCE_SECONDS} seconds`,
    );
  }

  #transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#options.database.transaction({ maintenance: true }, work);
  }

  /** Null while the database is away. */
  async #unlessAway<T>(work: (tx: Transaction) => Promise<T>): Promise<T | null> {
    try {
      return await this.#transaction(work);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#watchedSince = performance.now();
      return null;
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await delay(POLL_MILLISECONDS, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(
      () => undefined,
    );
    signal.throwIfAborted();
  }
}

const WITHOUT_HOSTS =
  'Start workers with ENGINE=xgboost on further hosts, see docs/distributed-training.md, or train with the engine LOCAL.';
