import { type RunFailure, RunRefusedError } from './run-error.ts';

/** Often enough that a training is ended before it has taken much more than it may. */
const LOOK_MILLISECONDS = 100;

/** What a training may use. */
export interface TrainingLimits {
  /** Of work, over all attempts. */
  readonly seconds: number;
  /** Memory that it may add to its process. */
  readonly memoryBytes: number;
}

/** What a training has cost. */
export interface Cost {
  /** Of all threads of the process together. */
  readonly cpuSeconds: number;
  /** The most memory that the process had meanwhile. */
  readonly peakMemoryBytes: number;
}

/**
 * Measures what this process takes while it trains, which it does one run at a time, and says when that is too much. The
 * memory of a thread cannot be told from that of its process: a limit on the heap alone would not see the arrays.
 */
export class ResourceMeter implements Disposable {
  readonly #cpuAtStart = process.cpuUsage();
  readonly #memoryAtStart = process.memoryUsage.rss();
  readonly #limits: TrainingLimits;
  readonly #onExcess: (error: RunRefusedError) => void;
  readonly #looking: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout;
  #peak = this.#memoryAtStart;

  /** `spentSeconds`: of earlier attempts. `onExcess` is called with the error that the run is to end with. */
  constructor(limits: TrainingLimits, spentSeconds: number, onExcess: (error: RunRefusedError) => void) {
    this.#limits = limits;
    this.#onExcess = onExcess;
    this.#looking = setInterval(() => this.#look(), LOOK_MILLISECONDS);
    const left = Math.max(0, limits.seconds - spentSeconds);
    this.#deadline = setTimeout(() => onExcess(new RunRefusedError(tooLong(limits.seconds))), left * 1000);
  }

  /** Since it was made. */
  cost(): Cost {
    this.#look();
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    return { cpuSeconds: (user + system) / 1e6, peakMemoryBytes: this.#peak };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#looking);
    clearTimeout(this.#deadline);
  }

  #look(): void {
    const memory = process.memoryUsage.rss();
    this.#peak = Math.max(this.#peak, memory);
    const { memoryBytes } = this.#limits;
    if (memory - this.#memoryAtStart > memoryBytes) this.#onExcess(new RunRefusedError(tooLarge(memoryBytes)));
  }
}

function tooLong(seconds: number): RunFailure {
  return {
    code: 'TIME_LIMIT',
    message: `The training worked for ${seconds} seconds without coming to an end, as long as it may.`,
    hint: 'Set timeBudgetSeconds below that to keep the best model so far, or train on fewer rows or with fewer trees.',
  };
}

function tooLarge(bytes: number): RunFailure {
  return {
    code: 'OUT_OF_MEMORY',
    message: `The training needed more than ${Math.round(bytes / 1e6)} MB of memory, as much as it may use.`,
    hint: 'Train on fewer columns or rows, or with fewer or smaller trees.',
  };
}
