import { setTimeout as delay, setImmediate as nextMacrotask } from 'node:timers/promises';
import { isUnavailable } from '../../errors.ts';
import type { JobTypes } from './followed-job.ts';
import { type BatchParams, BatchQuery, BatchResult, type BatchRows } from './read-batch.ts';

/** Intervals of a poller. */
export interface PollIntervals {
  /** Notifications are collected for this long after a round; one transaction then reads for all of them. */
  readonly roundMilliseconds: number;
  /** Retry interval while the database is unavailable. */
  readonly retryMilliseconds: number;
}

const INTERVALS: PollIntervals = { roundMilliseconds: 10, retryMilliseconds: 1_000 };

/** Reads the jobs of one kind and workspace. */
export interface JobReader<Types extends JobTypes> {
  read(params: BatchParams): Promise<BatchRows<Types>>;
  /** The heads of these jobs. */
  heads(ids: readonly string[]): Promise<readonly Types['head'][]>;
  /** The heads of the jobs that have not ended, or have ended at or after `endedSince`; for followers of the workspace. */
  liveHeads(endedSince: Date): Promise<readonly Types['head'][]>;
}

/** Does a round when it is the poller's turn: how many pollers of the process read at once is limited. */
export type InTurn = (round: () => Promise<boolean>) => Promise<boolean>;

/** A follower contributes to the query of a round, and receives its result. */
export interface Follower<Types extends JobTypes> {
  /** Adds what it needs to the query; false if it needs nothing now. */
  addRequests(query: BatchQuery): boolean;
  receive(result: BatchResult<Types>): void;
  /** The round that it took part in failed. True if it waits for another one. */
  fail(error: unknown): boolean;
}

/** Follows one job. */
export interface JobFollower<Types extends JobTypes> extends Follower<Types> {
  readonly id: string;
  /** Whether there is something new to read, given the head of the job; null: the job is gone. */
  isBehind(head: Types['head'] | null): boolean;
}

/** Follows all jobs of the workspace. */
export interface WorkspaceFollower<Types extends JobTypes> extends Follower<Types> {
  /** A job may have changed; true if it takes part in the next round. */
  notify(id: string): boolean;
  /** Jobs may have ended unnoticed since then. */
  readonly endedSince: Date;
  /** Compares its state with the heads of the live jobs; true if it takes part in the next round. */
  catchUp(heads: readonly Types['head'][]): boolean;
}

/**
 * Reads for all followers of the jobs of one workspace, in rounds: one transaction reads for all of them, and notifications
 * that arrive meanwhile are collected for the next round, so that load makes rounds larger, not more frequent. A notification
 * is only a hint: each follower keeps the sequence number up to which it has read, so notifications may be lost, duplicated
 * or late.
 */
export class ChangePoller<Types extends JobTypes> {
  readonly #reader: JobReader<Types>;
  readonly #inTurn: InTurn;
  readonly #intervals: PollIntervals;
  readonly #byJob = new Map<string, Set<JobFollower<Types>>>();
  readonly #pending = new Set<Follower<Types>>();
  #workspace: WorkspaceFollower<Types> | null = null;
  #isBehind = false;
  #isRunning = false;
  #lastRound = Number.NEGATIVE_INFINITY;

  constructor(reader: JobReader<Types>, inTurn: InTurn, intervals: PollIntervals = INTERVALS) {
    this.#reader = reader;
    this.#inTurn = inTurn;
    this.#intervals = intervals;
  }

  get isEmpty(): boolean {
    return this.#byJob.size === 0 && this.#workspace === null;
  }

  /** Adds a follower, and reads for it. */
  add(follower: JobFollower<Types>): void {
    const ofJob = this.#byJob.get(follower.id);
    if (ofJob === undefined) this.#byJob.set(follower.id, new Set([follower]));
    else ofJob.add(follower);
    this.schedule(follower);
  }

  remove(follower: JobFollower<Types>): void {
    this.forget(follower);
    const ofJob = this.#byJob.get(follower.id);
    ofJob?.delete(follower);
    if (ofJob?.size === 0) this.#byJob.delete(follower.id);
  }

  /** Sets the follower of all jobs; null for none. It first receives their heads. */
  setWorkspaceFollower(follower: WorkspaceFollower<Types> | null): void {
    if (this.#workspace !== null) this.forget(this.#workspace);
    this.#workspace = follower;
    if (follower !== null) this.catchUp();
  }

  /** A job may have changed. */
  notify(id: string): void {
    for (const follower of this.#byJob.get(id) ?? []) this.schedule(follower);
    if (this.#workspace?.notify(id) === true) this.schedule(this.#workspace);
  }

  /** Notifications may have been missed. */
  catchUp(): void {
    this.#isBehind = true;
    this.#start();
  }

  /** Includes a follower in the next round. */
  schedule(follower: Follower<Types>): void {
    this.#pending.add(follower);
    this.#start();
  }

  /** Removes it from the next round. */
  forget(follower: Follower<Types>): void {
    this.#pending.delete(follower);
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (!this.isEmpty && (this.#isBehind || this.#pending.size > 0)) {
      const wait = this.#lastRound + this.#intervals.roundMilliseconds - performance.now();
      // Notifications that arrive together with the first one are received before the round begins.
      await (wait > 0 ? delay(wait) : nextMacrotask());
      const didRespond = await this.#inTurn(() => this.#round());
      this.#lastRound = performance.now();
      if (!didRespond) await delay(this.#intervals.retryMilliseconds, undefined, { ref: false });
    }
    this.#isRunning = false;
  }

  /** False if the database did not respond. */
  async #round(): Promise<boolean> {
    const requested: Follower<Types>[] = [];
    try {
      if (this.#isBehind) await this.#findPending();
      const query = new BatchQuery();
      for (const follower of this.#pending) {
        if (query.isFull) break;
        this.#pending.delete(follower);
        if (follower.addRequests(query)) requested.push(follower);
      }
      if (requested.length === 0) return true;
      const result = new BatchResult(await this.#reader.read(query.toParams()));
      for (const follower of requested) follower.receive(result);
      return true;
    } catch (error) {
      return this.#fail(requested, error);
    }
  }

  /** Finds the followers that have something to read, without a notification. */
  async #findPending(): Promise<void> {
    this.#isBehind = false;
    const workspace = this.#workspace;
    const followed = [...this.#byJob];
    try {
      const heads = followed.length === 0 ? [] : await this.#reader.heads(followed.map(([id]) => id));
      const byJob = new Map<string, Types['head']>(heads.map((head) => [head.id, head]));
      for (const [id, followers] of followed) {
        const head = byJob.get(id) ?? null;
        for (const follower of followers) if (follower.isBehind(head)) this.#pending.add(follower);
      }
      if (workspace === null) return;
      const isPending = workspace.catchUp(await this.#reader.liveHeads(workspace.endedSince));
      if (isPending && workspace === this.#workspace) this.#pending.add(workspace);
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }

  /** If findPending failed, nobody had sent a request yet, but all followers are affected. True if the database responded. */
  #fail(requested: readonly Follower<Types>[], error: unknown): boolean {
    const failed = requested.length > 0 ? requested : [...this.#everyone()];
    for (const follower of failed) {
      if (follower.fail(error)) this.#pending.add(follower);
      else this.#pending.delete(follower);
    }
    return !isUnavailable(error);
  }

  *#everyone(): Iterable<Follower<Types>> {
    yield* this.#pending;
    for (const ofJob of this.#byJob.values()) yield* ofJob;
    if (this.#workspace !== null) yield this.#workspace;
  }
}
