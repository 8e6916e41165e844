import { type MemoryHeadroom, readMemoryHeadroom } from '../../platform/monitoring/memory-headroom.ts';
import { type RunFailure, RunRefusedError } from '../runs/run-error.ts';

/** Bounds of the sampling interval. */
const MIN_SAMPLE_MILLISECONDS = 20;
const MAX_SAMPLE_MILLISECONDS = 100;

/** Upper bound of the allocation rate: the remaining memory cannot be used up sooner. */
const BYTES_PER_MILLISECOND = 2e6;

/** Memory that stays free: for allocations between two samples, and for other processes. */
const RESERVE_SHARE = 1 / 12;
const MIN_RESERVE_BYTES = 32e6;
const MAX_RESERVE_BYTES = 512e6;

/** A training that has allocated less than this is not the cause of a memory shortage. */
const MIN_GROWTH_BYTES = 16e6;

/** Resource limits of a training. */
export interface TrainingLimits {
  /** Training time, over all attempts. */
  readonly seconds: number;
  /** Memory that it may add to its process; null: no limit. */
  readonly memoryBytes: number | null;
}

/** Resource usage of a training. */
export interface Cost {
  /** CPU time of all threads of the process. */
  readonly cpuSeconds: number;
  /** Peak memory of the process. */
  readonly peakMemoryBytes: number;
}

/** Memory readings, which tests replace. */
export interface MemoryReadings {
  readonly processBytes: () => number;
  readonly headroom: () => MemoryHeadroom | null;
}

const READINGS: MemoryReadings = { processBytes: () => process.memoryUsage.rss(), headroom: readMemoryHeadroom };

/** Options of a ResourceMeter. */
export interface MeterOptions {
  /** Training time of earlier attempts. */
  readonly spentSeconds: number;
  /** Called with the error that the run fails with. */
  readonly onLimitExceeded: (error: RunRefusedError) => void;
  readonly readings?: MemoryReadings;
}

/**
 * Measures the resource usage of this process while it trains, one run at a time, and enforces the limits. The memory of a
 * thread cannot be separated from that of its process: a heap limit alone would not include the typed arrays. Memory used by
 * other processes of the same container is not available for the training either.
 */
export class ResourceMeter implements Disposable {
  readonly #cpuAtStart = process.cpuUsage();
  readonly #readings: MemoryReadings;
  readonly #memoryAtStart: number;
  readonly #limits: TrainingLimits;
  readonly #onLimitExceeded: (error: RunRefusedError) => void;
  #timer: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout;
  #peak: number;

  constructor(limits: TrainingLimits, { spentSeconds, onLimitExceeded, readings = READINGS }: MeterOptions) {
    this.#limits = limits;
    this.#onLimitExceeded = onLimitExceeded;
    this.#readings = readings;
    this.#memoryAtStart = readings.processBytes();
    this.#peak = this.#memoryAtStart;
    this.#timer = setTimeout(() => this.#sampleRepeatedly(), MIN_SAMPLE_MILLISECONDS);
    const left = Math.max(0, limits.seconds - spentSeconds);
    this.#deadline = setTimeout(() => onLimitExceeded(new RunRefusedError(tooLong(limits.seconds))), left * 1000);
  }

  /** Throws the error that the run fails with if this much memory, the minimum that it needs, is not available. */
  requireMemory(bytes: number): void {
    const { memoryBytes } = this.#limits;
    if (memoryBytes !== null && bytes > memoryBytes) throw new RunRefusedError(memoryLimitExceeded(memoryBytes));
    const headroom = this.#readings.headroom();
    if (headroom !== null && bytes >= MIN_GROWTH_BYTES && bytes > spareBytes(headroom)) {
      throw new RunRefusedError(memoryExhausted(headroom));
    }
  }

  /** Usage since construction. */
  cost(): Cost {
    this.#sample();
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    return { cpuSeconds: (user + system) / 1e6, peakMemoryBytes: this.#peak };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#deadline);
  }

  /** Takes a sample, and the next one before the memory that is left can be used up. */
  #sampleRepeatedly(): void {
    const availableBytes = this.#sample();
    const milliseconds = Math.min(MAX_SAMPLE_MILLISECONDS, availableBytes / BYTES_PER_MILLISECOND);
    this.#timer = setTimeout(() => this.#sampleRepeatedly(), Math.max(MIN_SAMPLE_MILLISECONDS, milliseconds));
  }

  /** Takes a sample, and reports an exceeded limit; returns the memory that is still available for the training. */
  #sample(): number {
    const memory = this.#readings.processBytes();
    this.#peak = Math.max(this.#peak, memory);
    const growth = memory - this.#memoryAtStart;
    const limit = this.#limits.memoryBytes ?? Number.POSITIVE_INFINITY;
    if (growth > limit) this.#onLimitExceeded(new RunRefusedError(memoryLimitExceeded(limit)));
    const headroom = this.#readings.headroom();
    if (headroom === null) return limit - growth;
    const spare = spareBytes(headroom);
    if (spare < 0 && growth >= MIN_GROWTH_BYTES) this.#onLimitExceeded(new RunRefusedError(memoryExhausted(headroom)));
    return Math.min(limit - growth, spare);
  }
}

/** The memory that is left above the reserve; negative if the reserve is used. */
function spareBytes({ limitBytes, usedBytes }: MemoryHeadroom): number {
  const reserve = Math.min(MAX_RESERVE_BYTES, Math.max(MIN_RESERVE_BYTES, limitBytes * RESERVE_SHARE));
  return limitBytes - reserve - usedBytes;
}

function tooLong(seconds: number): RunFailure {
  return {
    code: 'TIME_LIMIT',
    message: `The training did not end within ${seconds} seconds, the limit of this server.`,
    hint: 'Set timeBudgetSeconds below the limit to keep the best model so far, or train on fewer rows or with fewer trees.',
  };
}

const SMALLER = 'Train on fewer columns or rows, or with fewer or smaller trees.';

function memoryLimitExceeded(bytes: number): RunFailure {
  return {
    code: 'OUT_OF_MEMORY',
    message: `The training needed more than ${megabytes(bytes)} MB of memory, the limit of this server.`,
    hint: SMALLER,
  };
}

function memoryExhausted({ limitBytes, usedBytes }: MemoryHeadroom): RunFailure {
  const free = megabytes(Math.max(0, limitBytes - usedBytes));
  return {
    code: 'OUT_OF_MEMORY',
    message: `The training needed more memory than the server has: only ${free} of ${megabytes(limitBytes)} MB were free.`,
    hint: SMALLER,
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
