import type { AlgorithmName } from '../../ml/registry.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { durationRegression } from './duration-regression.ts';
import { insertDuration, listDurations, type TrainingDuration } from './training-duration.store.ts';

/** What is learned from: the machine, its neighbours and this program change, and so the newest trainings alone. */
const LEARNED_FROM = 100;

/** So many of each algorithm are kept, for an operator who wants to look further back. */
const KEPT = 300;

/** A line serves so long: many runs that are started at once cost one look at the history. */
const FRESH_MILLISECONDS = 5_000;

/** The part of a training that a time budget does not count: reading the table before it, testing and storing after it. */
const SHARE_BESIDE_BUDGET = 0.1;

/** What is asked of the history. */
export interface DurationQuery {
  readonly algorithm: AlgorithmName;
  /** As ml/cost-model.ts estimates it. */
  readonly work: number;
  /** Null: without a budget. */
  readonly timeBudgetSeconds: number | null;
}

interface Line {
  readonly readAt: number;
  readonly seconds: Promise<((work: number) => number) | null>;
}

/** What trainings of this server took, of whichever workspace, and what the next ones are expected to take. */
export class TrainingDurations {
  readonly #database: Database;
  readonly #lines = new Map<AlgorithmName, Line>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes note of a training that did all of its work: not of one that was stopped, or ended early by itself. */
  async note(pace: TrainingDuration): Promise<void> {
    await this.#database.transaction({ maintenance: true }, (tx) => insertDuration(tx, pace, KEPT));
  }

  /** Seconds from the moment a worker takes the run up to its end; null while none of the algorithm has ended. */
  async expectedSeconds({ algorithm, work, timeBudgetSeconds }: DurationQuery): Promise<number | null> {
    const secondsFor = await this.#lineOf(algorithm);
    if (secondsFor === null) return null;
    const seconds = secondsFor(work);
    return Math.min(seconds, (timeBudgetSeconds ?? Number.POSITIVE_INFINITY) + SHARE_BESIDE_BUDGET * seconds);
  }

  #lineOf(algorithm: AlgorithmName): Line['seconds'] {
    const known = this.#lines.get(algorithm);
    if (known !== undefined && performance.now() - known.readAt < FRESH_MILLISECONDS) return known.seconds;
    const line = { readAt: performance.now(), seconds: this.#readLine(algorithm) };
    this.#lines.set(algorithm, line);
    // What could not be read is asked for again the next time.
    line.seconds.catch(() => {
      if (this.#lines.get(algorithm) === line) this.#lines.delete(algorithm);
    });
    return line.seconds;
  }

  async #readLine(algorithm: AlgorithmName) {
    return durationRegression(
      await this.#database.transaction({ maintenance: true }, (tx) => listDurations(tx, algorithm, LEARNED_FROM)),
    );
  }
}
