import { linearRegression } from 'simple-statistics';

/** Before this much is done, or this time has passed, the pace says nothing about the whole. */
const MIN_PROGRESS = 0.05;
const MIN_SPAN_SECONDS = 0.3;

/** The pace of so many seconds counts: reading and preparing run at another pace than fitting, and are soon forgotten. */
const WINDOW_SECONDS = 10;

/** Steps that take longer than the window still need a line to be drawn through them. */
const MIN_SAMPLES = 5;

/**
 * How long a run will still take, at its own recent pace: the slope of the least-squares line through what was noted in
 * the last ten seconds, or the last five steps. A single slow or quick step moves a line less than it moves a quotient of
 * two moments.
 */
export class Eta {
  #samples: (readonly [seconds: number, progress: number])[] = [];

  /** Takes note that the run has come to `progress` (0 to 1) after so many seconds; both never fall. */
  note(seconds: number, progress: number): void {
    this.#samples.push([seconds, progress]);
    const oldest = this.#samples.length - MIN_SAMPLES;
    this.#samples = this.#samples.filter(([noted], index) => index >= oldest || noted >= seconds - WINDOW_SECONDS);
  }

  /** Seconds left, 0 or more; null while nothing can be said. */
  secondsLeft(): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return null;
    if (last[1] < MIN_PROGRESS || last[0] - first[0] < MIN_SPAN_SECONDS) return null;
    const progressPerSecond = linearRegression(this.#samples.map(([seconds, progress]) => [seconds, progress])).m;
    return progressPerSecond > 0 ? (1 - last[1]) / progressPerSecond : null;
  }
}
