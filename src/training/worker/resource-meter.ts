import { type MemoryHeadroom, readMemoryHeadroom } from '../../platform/monitoring/memory-headroom.ts';
import { type RunFailure, RunRefusedError } from '../runs/run-error.ts';

/** How often it is looked at most, and at least. */
const MIN_LOOK_MILLISECONDS = 20;
const MAX_LOOK_MILLISECONDS = 100;

/** No training writes more than this into new memory: so soon what is left can be gone. */
const BYTES_PER_MILLISECOND = 2e6;

/** Memory that stays free, of whatever the limit is: for what comes between two looks, and for everyone else. */
const RESERVE_SHARE = 1 / 12;
const MIN_RESERVE_BYTES = 32e6;
const MAX_RESERVE_BYTES = 512e6;

/** A training that has taken less than this is not what is short of memory, and gives nothing back by its end. */
const MIN_GROWTH_BYTES = 16e6;

/** What a training may use. */
export interface TrainingLimits {
  /** Of work, over all attempts. */
  readonly seconds: number;
  /** Memory that it may add to its process; null: as much as there is. */
  readonly memoryBytes: number | null;
}

/** What a training has cost. */
export interface Cost {
  /** Of all threads of the process together. */
  readonly cpuSeconds: number;
  /** The most memory that the process had meanwhile. */
  readonly peakMemoryBytes: number;
}

/** What the meter reads, which tests make up. */
export interface MemoryReadings {
  readonly processBytes: () => number;
  readonly headroom: () => MemoryHeadroom | null;
}

const READINGS: MemoryReadings = { processBytes: () => process.memoryUsage.rss(), headroom: readMemoryHeadroom };

/** What ends a training, and how it began. */
export interface MeterOptions {
  /** Of earlier attempts. */
  readonly spentSeconds: number;
  /** Called with the error that the run is to end with. */
  readonly onExcess: (error: RunRefusedError) => void;
  readonly readings?: MemoryReadings;
}

/**
 * Measures what this process takes while it trains, which it does one run at a time, and says when that is too much. The
 * memory of a thread cannot be told from that of its process: a limit on the heap alone would not see the arrays. And the
 * process is not alone: what others in the same container take is not there for the training.
 */
export class ResourceMeter implements Disposable {
  readonly #cpuAtStart = process.cpuUsage();
  readonly #readings: MemoryReadings;
  readonly #memoryAtStart: number;
  readonly #limits: TrainingLimits;
  readonly #onExcess: (error: RunRefusedError) => void;
  #looking: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout;
  #peak: number;

  constructor(limits: TrainingLimits, { spentSeconds, onExcess, readings = READINGS }: MeterOptions) {
    this.#limits = limits;
    this.#onExcess = onExcess;
    this.#readings = readings;
    this.#memoryAtStart = readings.processBytes();
    this.#peak = this.#memoryAtStart;
    this.#looking = setTimeout(() => this.#keepLooking(), MIN_LOOK_MILLISECONDS);
    const left = Math.max(0, limits.seconds - spentSeconds);
    this.#deadline = setTimeout(() => onExcess(new RunRefusedError(tooLong(limits.seconds))), left * 1000);
  }

  /** Throws the error that the run is to end with where so much memory, the least that it needs, is not there. */
  demand(bytes: number): void {
    const { memoryBytes } = this.#limits;
    if (memoryBytes !== null && bytes > memoryBytes) throw new RunRefusedError(overLimit(memoryBytes));
    const headroom = this.#readings.headroom();
    if (headroom !== null && bytes >= MIN_GROWTH_BYTES && bytes > spareBytes(headroom))
      throw new RunRefusedError(overAll(headroom));
  }

  /** Since it was made. */
  cost(): Cost {
    this.#look();
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    return { cpuSeconds: (user + system) / 1e6, peakMemoryBytes: this.#peak };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#looking);
    clearTimeout(this.#deadline);
  }

  #keepLooking(): void {
    const spareBytes = this.#look();
    const milliseconds = Math.min(MAX_LOOK_MILLISECONDS, spareBytes / BYTES_PER_MILLISECOND);
    this.#looking = setTimeout(() => this.#keepLooking(), Math.max(MIN_LOOK_MILLISECONDS, milliseconds));
  }

  /** Gives what the training may take until it is too much. */
  #look(): number {
    const memory = this.#readings.processBytes();
    this.#peak = Math.max(this.#peak, memory);
    const growth = memory - this.#memoryAtStart;
    const limit = this.#limits.memoryBytes ?? Number.POSITIVE_INFINITY;
    if (growth > limit) this.#onExcess(new RunRefusedError(overLimit(limit)));
    const headroom = this.#readings.headroom();
    if (headroom === null) return limit - growth;
    const spare = spareBytes(headroom);
    if (spare < 0 && growth >= MIN_GROWTH_BYTES) this.#onExcess(new RunRefusedError(overAll(headroom)));
    return Math.min(limit - growth, spare);
  }
}

/** What is left without the reserve; below 0 where of that something is taken. */
function spareBytes({ limitBytes, usedBytes }: MemoryHeadroom): number {
  const reserve = Math.min(MAX_RESERVE_BYTES, Math.max(MIN_RESERVE_BYTES, limitBytes * RESERVE_SHARE));
  return limitBytes - reserve - usedBytes;
}

function tooLong(seconds: number): RunFailure {
  return {
    code: 'TIME_LIMIT',
    message: `The training worked for ${seconds} seconds without coming to an end, as long as it may.`,
    hint: 'Set timeBudgetSeconds below that to keep the best model so far, or train on fewer rows or with fewer trees.',
  };
}

const SMALLER = 'Train on fewer columns or rows, or with fewer or smaller trees.';

function overLimit(bytes: number): RunFailure {
  return {
    code: 'OUT_OF_MEMORY',
    message: `The training needed more than ${megabytes(bytes)} MB of memory, as much as it may use.`,
    hint: SMALLER,
  };
}

function overAll({ limitBytes, usedBytes }: MemoryHeadroom): RunFailure {
  const free = megabytes(Math.max(0, limitBytes - usedBytes));
  return {
    code: 'OUT_OF_MEMORY',
    message: `The training needed more memory than the server has: of ${megabytes(limitBytes)} MB only ${free} MB were left.`,
    hint: SMALLER,
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
