import { linearRegression } from 'simple-statistics';

/** Before this much of the way has been gone, or this time has passed, the pace says nothing about the whole. */
const MIN_SHARE = 0.02;
const MIN_SPAN_SECONDS = 0.3;

/**
 * The recent pace is that of the last third of the time, and of three seconds at the least: what the machine does besides
 * comes and goes, and stages that ran at another pace are soon forgotten.
 */
const WINDOW_SHARE = 1 / 3;
const MIN_WINDOW_SECONDS = 3;

/** Steps that take longer than the window still need a line to be drawn through them. */
const MIN_SAMPLES = 5;

/** So many samples of a long run are enough. */
const MAX_SAMPLES = 500;

/**
 * How far off the whole time is by the history, at the least, and by the own pace when half of the way has been gone (which
 * is the less, the further the run is): opinions are weighed by the squares of these. A history that is further from the
 * pace than that is of another time, when the machine was busier or less busy: it is taken to be as far off as it looks.
 */
const HISTORY_ERROR = 0.25;
const PACE_ERROR = 0.1;

/** A run that takes longer than was expected, and tells nothing of its pace, takes this share of its time so far on top. */
const OVERTIME_SHARE = 0.1;

/**
 * How long the whole of a run is expected to take that goes on from a checkpoint: as long as it takes at its pace so far, which
 * tells more than other runs do. Where it had hardly begun, what was expected before.
 */
export function expectedOfResumed(
  expectedSeconds: number | null,
  checkpoint: { readonly progress: number; readonly trainedSeconds: number } | null,
): number | null {
  if (checkpoint === null) return expectedSeconds;
  const { progress, trainedSeconds } = checkpoint;
  return progress >= MIN_SHARE && trainedSeconds >= MIN_SPAN_SECONDS ? trainedSeconds / progress : expectedSeconds;
}

/** What is known of a run before it begins. */
export interface EtaOptions {
  /** How long the whole of it is expected to take, by trainings of the like; null: nothing is known. */
  readonly expectedSeconds?: number | null;
  /** The progress that it begins at, 0 to 1. */
  readonly from?: number;
  /** It is made to end after about so many seconds; null: it is not. */
  readonly limitSeconds?: number | null;
}

/**
 * How long a run will still take: by what trainings of the like took, and by its own pace, which counts the more the further
 * the run is. The pace is the mean of two, each of which errs where the other does not: that of all the time so far, which a
 * slow moment moves little; and the slope of the least-squares line through what was noted lately, which forgets stages that
 * ran at another pace.
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

  /** Takes note that the run has come to `progress` (0 to 1) after so many seconds; both never fall. */
  note(seconds: number, progress: number): void {
    this.#samples.push([seconds, progress]);
    // Every other one of the older half goes: what is recent is known the best.
    const half = MAX_SAMPLES / 2;
    if (this.#samples.length > MAX_SAMPLES) {
      this.#samples = this.#samples.filter((_, index) => index >= half || index % 2 === 0);
    }
  }

  /** Seconds left after the last note, 0 or more; null while nothing can be said. */
  secondsLeft(): number | null {
    const [seconds, progress] = this.#samples.at(-1) ?? [0, this.#from];
    const left = this.#blend(seconds, progress);
    return left === null || this.#limitSeconds === null
      ? left
      : Math.min(left, Math.max(this.#limitSeconds - seconds, 0));
  }

  #blend(seconds: number, progress: number): number | null {
    const byPace = this.#leftByPace(seconds, progress);
    if (this.#expectedSeconds === null) return byPace;
    const expected = this.#expectedSeconds * (1 - this.#from);
    if (byPace === null) return Math.max(expected - seconds, OVERTIME_SHARE * seconds);
    const share = (progress - this.#from) / (1 - this.#from);
    const paceError = (PACE_ERROR * (1 - share)) / share;
    // Twice and half as long are equally far off.
    const [pace, history] = [Math.log(seconds + byPace), Math.log(expected)];
    const historyError = Math.max(HISTORY_ERROR, Math.abs(pace - history));
    const trust = 1 / (1 + (paceError / historyError) ** 2);
    // What is left is never less than a share of what the pace says.
    const whole = Math.exp(trust * pace + (1 - trust) * history);
    return Math.max(whole - seconds, trust * byPace);
  }

  #leftByPace(seconds: number, progress: number): number | null {
    const done = progress - this.#from;
    if (done <= MIN_SHARE * (1 - this.#from) || seconds < MIN_SPAN_SECONDS) return null;
    const overall = ((1 - progress) * seconds) / done;
    const recentPace = this.#recentPace(seconds);
    return recentPace > 0 ? Math.sqrt(overall * ((1 - progress) / recentPace)) : overall;
  }

  /** Progress per second lately; 0 where that cannot be told. */
  #recentPace(now: number): number {
    const begin = now - Math.max(WINDOW_SHARE * now, MIN_WINDOW_SECONDS);
    const oldest = this.#samples.length - MIN_SAMPLES;
    const recent = this.#samples.filter(([seconds], index) => index >= oldest || seconds >= begin);
    const [first] = recent;
    if (first === undefined || now - first[0] < MIN_SPAN_SECONDS) return 0;
    return linearRegression(recent.map(([seconds, progress]) => [seconds, progress])).m;
  }
}
