import { linearRegression } from 'simple-statistics';

/** Below this share of progress, or this time, the rate of progress cannot be extrapolated. */
const MIN_SHARE = 0.02;
const MIN_SPAN_SECONDS = 0.3;

/**
 * The recent rate is measured over the last third of the time, and at least over three seconds: the load of the machine
 * varies, and earlier stages may have had another rate.
 */
const WINDOW_SHARE = 1 / 3;
const MIN_WINDOW_SECONDS = 3;

/** With steps longer than the window, the regression still needs some samples. */
const MIN_SAMPLES = 5;

/** More samples of a long run add no accuracy. */
const MAX_SAMPLES = 500;

/**
 * Relative errors of the two estimates of the total time: from history (at least), and from the run's own rate at half of
 * the progress (it shrinks as the run progresses). Estimates are weighted by inverse variance. If history differs from the
 * extrapolation by more than its error, the machine was busier or less busy then: the difference is taken as its error.
 */
const HISTORY_ERROR = 0.25;
const RATE_ERROR = 0.1;

/** A run beyond its expected time is expected to take this share of its time so far in addition. */
const OVERTIME_SHARE = 0.1;

/** Seconds that a run has left by its expected total time alone, after `seconds`. */
export function leftOfExpected(expectedSeconds: number, seconds: number): number {
  return Math.max(expectedSeconds - seconds, OVERTIME_SHARE * seconds);
}

/**
 * Expected total time of a run that resumes from a checkpoint: extrapolated from its own progress so far, which is more
 * accurate than other runs. If it had hardly begun, the earlier expectation.
 */
export function expectedOfResumed(
  expectedSeconds: number | null,
  checkpoint: { readonly progress: number; readonly trainedSeconds: number } | null,
): number | null {
  if (checkpoint === null) return expectedSeconds;
  const { progress, trainedSeconds } = checkpoint;
  return progress >= MIN_SHARE && trainedSeconds >= MIN_SPAN_SECONDS ? trainedSeconds / progress : expectedSeconds;
}

/** What is known about a run before it starts. */
export interface EtaOptions {
  /** Expected total time, from similar trainings; null: unknown. */
  readonly expectedSeconds?: number | null;
  /** The progress that it starts from, 0 to 1. */
  readonly from?: number;
  /** Time budget after which it ends; null: none. */
  readonly limitSeconds?: number | null;
}

/**
 * Estimates the remaining time of a run from similar trainings and from its own rate of progress, which weighs more the
 * further the run is. The rate is the geometric mean of two: the overall rate, which is robust against short slowdowns, and
 * the least-squares slope of the recent samples, which adapts to stages that run at another rate.
 */
export class Eta {
  readonly #expectedSeconds: number | null;
  readonly #from: number;
  readonly #limitSeconds: number | null;
  #samples: (readonly [seconds: number, progress: number])[] = [];

  constructor({ expectedSeconds = null, from = 0, limitSeconds = null }: EtaOptions = {}) {
    this.#expectedSeconds = expectedSeconds;
    this.#from = from;
    this.#limitSeconds = limitSeconds;
  }

  /** Records that the run has reached `progress` (0 to 1) after so many seconds; both never decrease. */
  record(seconds: number, progress: number): void {
    this.#samples.push([seconds, progress]);
    // Every other sample of the older half is dropped: recent samples matter most.
    const half = MAX_SAMPLES / 2;
    if (this.#samples.length > MAX_SAMPLES) {
      this.#samples = this.#samples.filter((_, index) => index >= half || index % 2 === 0);
    }
  }

  /** Seconds left after the last sample, 0 or more; null while unknown. */
  secondsLeft(): number | null {
    const [seconds, progress] = this.#samples.at(-1) ?? [0, this.#from];
    const left = this.#blend(seconds, progress);
    return left === null || this.#limitSeconds === null
      ? left
      : Math.min(left, Math.max(this.#limitSeconds - seconds, 0));
  }

  #blend(seconds: number, progress: number): number | null {
    const byRate = this.#leftByRate(seconds, progress);
    if (this.#expectedSeconds === null) return byRate;
    const expected = this.#expectedSeconds * (1 - this.#from);
    if (byRate === null) return leftOfExpected(expected, seconds);
    const share = (progress - this.#from) / (1 - this.#from);
    const rateError = (RATE_ERROR * (1 - share)) / share;
    // On a log scale, twice as long and half as long are the same error.
    const [extrapolated, history] = [Math.log(seconds + byRate), Math.log(expected)];
    const historyError = Math.max(HISTORY_ERROR, Math.abs(extrapolated - history));
    const trust = 1 / (1 + (rateError / historyError) ** 2);
    // The remaining time is never less than a share of the extrapolated one.
    const whole = Math.exp(trust * extrapolated + (1 - trust) * history);
    return Math.max(whole - seconds, trust * byRate);
  }

  #leftByRate(seconds: number, progress: number): number | null {
    const done = progress - this.#from;
    if (done <= MIN_SHARE * (1 - this.#from) || seconds < MIN_SPAN_SECONDS) return null;
    const overall = ((1 - progress) * seconds) / done;
    const recentRate = this.#recentRate(seconds);
    return recentRate > 0 ? Math.sqrt(overall * ((1 - progress) / recentRate)) : overall;
  }

  /** Recent progress per second; 0 if unknown. */
  #recentRate(now: number): number {
    const begin = now - Math.max(WINDOW_SHARE * now, MIN_WINDOW_SECONDS);
    const oldest = this.#samples.length - MIN_SAMPLES;
    const recent = this.#samples.filter(([seconds], index) => index >= oldest || seconds >= begin);
    const [first] = recent;
    if (first === undefined || now - first[0] < MIN_SPAN_SECONDS) return 0;
    return linearRegression(recent.map(([seconds, progress]) => [seconds, progress])).m;
  }
}
