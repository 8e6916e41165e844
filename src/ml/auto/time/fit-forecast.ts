import type { FitSize } from '../../estimator-cost.ts';
import { LEARNERS } from '../../learners/learners.ts';
import { optionalNumberParameter } from '../../parameters/parameter-spec.ts';
import type { Candidate } from '../candidate.ts';

/** Before a boosting has been seen: the rounds that end by early stopping, times the learning rate. */
const USUAL_LEARNING = 15;

/** Nobody knows how many rounds a fitting takes, or what else this machine does. */
const SAFETY = 1.25;

/** So long a fitting tells as much about this machine as the cost model does by itself. */
const INFORMATIVE_SECONDS = 0.2;

/** The seconds that fittings take: by the cost model, corrected by what earlier ones took on this machine and table. */
export class FitForecast {
  readonly #size: Omit<FitSize, 'parameters' | 'trainRows'>;
  readonly #threads: number;
  readonly #measured = new Map<string, { readonly seconds: number; readonly expected: number }>();
  #learning = USUAL_LEARNING;

  constructor(size: Omit<FitSize, 'parameters' | 'trainRows'>, threads: number) {
    this.#size = size;
    this.#threads = threads;
  }

  /** What fitting a candidate to this many rows is expected to take. */
  seconds(candidate: Candidate, trainRows: number): number {
    return SAFETY * this.#byModel(candidate, trainRows) * this.#correction(candidate.algorithm);
  }

  /** As `seconds` for a boosting that early stopping does not end: by the cost model alone. */
  secondsAtMost(candidate: Candidate, trainRows: number): number {
    return this.#byModel(candidate, trainRows, optionalNumberParameter(candidate.parameters, 'trees'));
  }

  /** A fitting to this many rows took so long; `rounds`: of boosting. */
  record(candidate: Candidate, trainRows: number, seconds: number, rounds: number | null): void {
    const rate = optionalNumberParameter(candidate.parameters, 'learningRate');
    if (rounds !== null && rate !== null) this.#learning = Math.max(rounds * rate, 0.7 * this.#learning);
    const expected = this.#byModel(candidate, trainRows, rounds);
    const before = this.#measured.get(candidate.algorithm);
    // The latest ones count most: other work comes and goes on the machine.
    const kept =
      before === undefined
        ? { seconds: 0, expected: 0 }
        : { seconds: before.seconds / 2, expected: before.expected / 2 };
    this.#measured.set(candidate.algorithm, { seconds: kept.seconds + seconds, expected: kept.expected + expected });
  }

  /** As `record` for a fitting by so many threads. */
  recordShared(candidate: Candidate, trainRows: number, seconds: number, rounds: number | null, threads: number): void {
    const { sharedFraction } = LEARNERS[candidate.algorithm].cost;
    const share = (count: number) => 1 - sharedFraction + sharedFraction / count;
    this.record(candidate, trainRows, (seconds * share(this.#threads)) / share(threads), rounds);
  }

  #byModel(
    { algorithm, parameters }: Pick<Candidate, 'algorithm' | 'parameters'>,
    trainRows: number,
    known: number | null = null,
  ): number {
    const { cost } = LEARNERS[algorithm];
    const rounds = known ?? this.#expectedRounds(parameters);
    const used = rounds === null ? parameters : { ...parameters, trees: rounds, earlyStoppingRounds: 0 };
    const speed = 1 - cost.sharedFraction + cost.sharedFraction / this.#threads;
    return 1e-9 * cost.fitting({ ...this.#size, trainRows, parameters: used }) * speed;
  }

  /** Of boosting that stops early, with those that it waits for; null for all else. */
  #expectedRounds(parameters: Candidate['parameters']): number | null {
    const waits = optionalNumberParameter(parameters, 'earlyStoppingRounds') ?? 0;
    const trees = optionalNumberParameter(parameters, 'trees');
    const rate = optionalNumberParameter(parameters, 'learningRate');
    if (waits === 0 || trees === null || rate === null) return null;
    return Math.min(trees, Math.ceil(this.#learning / rate) + waits);
  }

  /** Of the same algorithm, or of all where it was not tried yet. Short fittings tell little: they are all overhead. */
  #correction(algorithm: string): number {
    const own = this.#measured.get(algorithm);
    const known = own === undefined ? [...this.#measured.values()] : [own];
    const start = { seconds: INFORMATIVE_SECONDS, expected: INFORMATIVE_SECONDS };
    const { seconds, expected } = known.reduce(
      (sum, each) => ({ seconds: sum.seconds + each.seconds, expected: sum.expected + each.expected }),
      start,
    );
    return seconds / expected;
  }
}
