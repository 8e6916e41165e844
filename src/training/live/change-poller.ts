import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { isUnavailable } from '../../errors.ts';
import type { Limiter } from '../../platform/concurrency/limiter.ts';
import type { RunHead } from './live-run.store.ts';
import { BatchQuery, type BatchReader, BatchResult, type BatchRows } from './read-batch.ts';

/** How long a feed waits for what. */
export interface PollIntervals {
  /** After a round hints gather for so long: one transaction then reads for all of them. */
  readonly roundMilliseconds: number;
  /** While the database does not answer it is asked again this often. */
  readonly retryMilliseconds: number;
}

const PAUSES: PollIntervals = { roundMilliseconds: 10, retryMilliseconds: 1_000 };

/** Where a feed reads: the runs of one workspace. */
export interface RunReader {
  read(reads: BatchReader): Promise<BatchRows>;
  /** How far these runs are. */
  marks(runIds: readonly string[]): Promise<readonly RunHead[]>;
  /** How far the runs are that have not ended, or have ended at or after a moment. */
  liveHeads(endedSince: Date): Promise<readonly RunHead[]>;
}

/** One who is read for: puts what it wants to know in a round, and takes what was read. */
export interface Follower {
  /** False where it wants nothing now. */
  ask(question: BatchQuery): boolean;
  receive(answer: BatchResult): void;
  /** The round in which it had asked failed. True where it waits for another. */
  fail(error: unknown): boolean;
}

/** One who follows one run. */
export interface RunFollower extends Follower {
  readonly runId: string;
  /** Whether it has something to read of a run that is so far; null: that is gone. */
  isBehind(mark: RunHead | null): boolean;
}

/** One who follows all runs of the workspace. */
export interface WorkspaceFollower extends Follower {
  /** Takes note that a run may have changed; true where it wants to be asked now. */
  note(runId: string): boolean;
  /** Since when runs may have ended unnoticed. */
  readonly endedSince: Date;
  /** Compares what it knows with how far the live runs are; true where it wants to be asked now. */
  catchUp(marks: readonly RunHead[]): boolean;
}

/**
 * Reads for all who follow runs of one workspace, in rounds: one transaction reads what everybody wants to know, and what
 * is announced meanwhile gathers for the next, so that the busier it gets the more each round does. A hint says no more
 * than that looking is worth while: each follower keeps the number up to which it has read, and is given what comes
 * after it, so hints may be lost, doubled or late.
 */
export class ChangePoller {
  readonly #reader: RunReader;
  readonly #limiter: Limiter;
  readonly #pauses: PollIntervals;
  readonly #byRun = new Map<string, Set<RunFollower>>();
  readonly #pending = new Set<Follower>();
  #workspace: WorkspaceFollower | null = null;
  #isBehind = false;
  #isRunning = false;
  #lastRound = Number.NEGATIVE_INFINITY;

  /** `limiter` bounds how many feeds of the process read at once. */
  constructor(reader: RunReader, limiter: Limiter, pauses: PollIntervals = PAUSES) {
    this.#reader = reader;
    this.#limiter = limiter;
    this.#pauses = pauses;
  }

  get isEmpty(): boolean {
    return this.#byRun.size === 0 && this.#workspace === null;
  }

  /** Adds a follower, and reads for it. */
  add(follower: RunFollower): void {
    const ofRun = this.#byRun.get(follower.runId);
    if (ofRun === undefined) this.#byRun.set(follower.runId, new Set([follower]));
    else ofRun.add(follower);
    this.feed(follower);
  }

  remove(follower: RunFollower): void {
    this.forget(follower);
    const ofRun = this.#byRun.get(follower.runId);
    ofRun?.delete(follower);
    if (ofRun?.size === 0) this.#byRun.delete(follower.runId);
  }

  /** The one who follows all runs; null for nobody. It first learns how far they are. */
  setWorkspaceFollower(follower: WorkspaceFollower | null): void {
    if (this.#workspace !== null) this.forget(this.#workspace);
    this.#workspace = follower;
    if (follower !== null) this.catchUp();
  }

  /** Takes note that a run may have changed. */
  hint(runId: string): void {
    for (const follower of this.#byRun.get(runId) ?? []) this.feed(follower);
    if (this.#workspace?.note(runId) === true) this.feed(this.#workspace);
  }

  /** Takes note that hints may have been missed. */
  catchUp(): void {
    this.#isBehind = true;
    this.#start();
  }

  /** Reads for a follower in the next round. */
  feed(follower: Follower): void {
    this.#pending.add(follower);
    this.#start();
  }

  /** Reads for it no more. */
  forget(follower: Follower): void {
    this.#pending.delete(follower);
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (!this.isEmpty && (this.#isBehind || this.#pending.size > 0)) {
      const wait = this.#lastRound + this.#pauses.roundMilliseconds - performance.now();
      // However long it was quiet, what arrived together with the first hint is heard before the round begins.
      await (wait > 0 ? delay(wait) : nextTurn());
      const hasAnswer = await this.#limiter.run(() => this.#round());
      this.#lastRound = performance.now();
      if (!hasAnswer) await delay(this.#pauses.retryMilliseconds, undefined, { ref: false });
    }
    this.#isRunning = false;
  }

  /** False where the database did not answer. */
  async #round(): Promise<boolean> {
    const asked: Follower[] = [];
    try {
      if (this.#isBehind) await this.#lookAround();
      const question = new BatchQuery();
      for (const follower of this.#pending) {
        if (question.isFull) break;
        this.#pending.delete(follower);
        if (follower.ask(question)) asked.push(follower);
      }
      if (asked.length === 0) return true;
      const answer = new BatchResult(await this.#reader.read(question.toReads()));
      for (const follower of asked) follower.receive(answer);
      return true;
    } catch (error) {
      return this.#fail(asked, error);
    }
  }

  /** Finds out who has something to read, without a hint. */
  async #lookAround(): Promise<void> {
    this.#isBehind = false;
    const workspace = this.#workspace;
    const followed = [...this.#byRun];
    try {
      const marks = followed.length === 0 ? [] : await this.#reader.marks(followed.map(([runId]) => runId));
      const byRun = new Map(marks.map((mark) => [mark.id, mark]));
      for (const [runId, followers] of followed) {
        const mark = byRun.get(runId) ?? null;
        for (const follower of followers) if (follower.isBehind(mark)) this.#pending.add(follower);
      }
      if (workspace === null) return;
      const isPending = workspace.catchUp(await this.#reader.liveHeads(workspace.endedSince));
      if (isPending && workspace === this.#workspace) this.#pending.add(workspace);
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }

  /** Of a look around nobody had asked yet, but all were to profit from it. True where the database did answer. */
  #fail(asked: readonly Follower[], error: unknown): boolean {
    const failed = asked.length > 0 ? asked : [...this.#everyone()];
    for (const follower of failed) {
      if (follower.fail(error)) this.#pending.add(follower);
      else this.#pending.delete(follower);
    }
    return !isUnavailable(error);
  }

  *#everyone(): Iterable<Follower> {
    yield* this.#pending;
    for (const ofRun of this.#byRun.values()) yield* ofRun;
    if (this.#workspace !== null) yield this.#workspace;
  }
}
