import type { AlgorithmName } from '../../ml/registry.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { durationRegression } from './duration-regression.ts';
import { insertDuration, listDurations, type TrainingDuration } from './training-duration.store.ts';

/** Only the newest trainings are used: the machine, its load and this program change over time. */
const MAX_SAMPLES = 100;

/** More are kept than used, for operators who look further back. */
const KEPT_PER_ALGORITHM = 300;

/** How long a regression is cached: many runs that are started at once need one query. */
const FRESH_MILLISECONDS = 5_000;

/** The share of a training outside its time budget: loading before it, evaluating and saving after it. */
const SHARE_BESIDE_BUDGET = 0.1;

/** A training whose duration is to be predicted. */
export interface DurationQuery {
  readonly algorithm: AlgorithmName;
  /** As ml/cost-model.ts estimates it. */
  readonly work: number;
  /** Null: without a budget. */
  readonly timeBudgetSeconds: number | null;
}

interface CachedRegression {
  readonly readAt: number;
  readonly seconds: Promise<((work: number) => number) | null>;
}

/** Records the durations of trainings, of all workspaces, and predicts those of new ones. */
export class TrainingDurations {
  readonly #database: Database;
  readonly #regressions = new Map<AlgorithmName, CachedRegression>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Records a training that was completed: not one that was stopped, or ended early. */
  async record(duration: TrainingDuration): Promise<void> {
    await this.#database.transaction({ maintenance: true }, (tx) => insertDuration(tx, duration, KEPT_PER_ALGORITHM));
  }

  /** Seconds from its start to its end; null while no training of the algorithm has ended. */
  async expectedSeconds({ algorithm, work, timeBudgetSeconds }: DurationQuery): Promise<number | null> {
    const predictSeconds = await this.#regressionFor(algorithm);
    if (predictSeconds === null) return null;
    const seconds = predictSeconds(work);
    return Math.min(seconds, (timeBudgetSeconds ?? Number.POSITIVE_INFINITY) + SHARE_BESIDE_BUDGET * seconds);
  }

  #regressionFor(algorithm: AlgorithmName): CachedRegression['seconds'] {
    const known = this.#regressions.get(algorithm);
    if (known !== undefined && performance.now() - known.readAt < FRESH_MILLISECONDS) return known.seconds;
    const regression = { readAt: performance.now(), seconds: this.#fitRegression(algorithm) };
    this.#regressions.set(algorithm, regression);
    // A failed read is retried next time.
    regression.seconds.catch(() => {
      if (this.#regressions.get(algorithm) === regression) this.#regressions.delete(algorithm);
    });
    return regression.seconds;
  }

  async #fitRegression(algorithm: AlgorithmName) {
    return durationRegression(
      await this.#database.transaction({ maintenance: true }, (tx) => listDurations(tx, algorithm, MAX_SAMPLES)),
    );
  }
}
