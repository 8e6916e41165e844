import { scorePredictions, type TestRows } from '../../../ml/evaluation/evaluate-model.ts';
import type { Evaluation } from '../../../ml/evaluation/evaluation.ts';
import { intervalCoverage } from '../../../ml/evaluation/interval-coverage.ts';
import type { Metrics } from '../../../ml/evaluation/metrics.ts';
import { runToEnd } from '../../../ml/steps.ts';
import { type Model, outputCount } from '../../../runtime/model.ts';
import type { TestedRows as ChunkRows } from './chunk-predictor.ts';

/** Of more rows, and of more outputs together, every n-th is scored: their figures differ by less than a thousandth. */
const MAX_ROWS = 500_000;
const MAX_OUTPUTS = 2_000_000;

/** How good the predictions of a batch were. */
export interface BatchScore {
  readonly metrics: Metrics;
  readonly evaluation: Evaluation;
}

/** Whether a row, by its number from 0 and its hash, is to be scored. */
export type IsScored = (row: number, hash: number) => boolean;

/** Collects the rows of a batch whose target is known, in their order, and scores them in the end. Bounded in memory. */
export class TestedRows {
  /** Rows that have a target, and those of them that were left out because the model was trained on them. */
  known = 0;
  leftOut = 0;
  readonly #model: Model;
  readonly #isScored: IsScored;
  readonly #width: number;
  readonly #capacity: number;
  readonly #unknown = new Map<string, number>();
  #actual: Float64Array;
  #outputs: Float64Array;
  #predicted: Int32Array;
  #count = 0;
  /** Every so many rows one is kept. */
  #step = 1;
  #passed = 0;

  constructor(model: Model, isScored: IsScored) {
    this.#model = model;
    this.#isScored = isScored;
    this.#width = outputCount(model);
    // Even, so that every other row of a full list is followed by the next one of the same rhythm.
    this.#capacity = 2 * Math.max(1, Math.floor(Math.min(MAX_ROWS, MAX_OUTPUTS / this.#width) / 2));
    [this.#actual, this.#outputs, this.#predicted] = [new Float64Array(0), new Float64Array(0), new Int32Array(0)];
  }

  /** Whether only a part of the rows is scored. */
  get isSample(): boolean {
    return this.#step > 1;
  }

  /** Adds the rows of a part of the file whose first one has this number. */
  add(firstRow: number, { actual, outputs, predicted, hashes, unknownLabels }: ChunkRows): void {
    const labels = this.#model.labels?.length ?? 0;
    for (let row = 0; row < actual.length; row++) {
      const target = actual[row]!;
      if (Number.isNaN(target)) continue;
      this.known++;
      if (!this.#isScored(firstRow + row, hashes[row]!)) {
        this.leftOut++;
        continue;
      }
      if (this.#passed++ % this.#step !== 0) continue;
      const isUnknown = this.#model.labels !== null && target >= labels;
      const kept = isUnknown ? labels + this.#unknownNumber(unknownLabels[target - labels] ?? '') : target;
      this.#keep(kept, outputs.subarray(row * this.#width, (row + 1) * this.#width), predicted[row]!);
    }
  }

  /** Null where no row is to be scored. `positive`: the label, of two, that the figures of one label are about. */
  score(positive: number): BatchScore | null {
    if (this.#count === 0) return null;
    const rows = new Int32Array(this.#count);
    const actual = this.#actual.subarray(0, this.#count);
    const testSet: TestRows =
      this.#model.labels === null
        ? { task: 'REGRESSION', rows, actual }
        : {
            task: 'CLASSIFICATION',
            rows,
            actual: Int32Array.from(actual),
            unknownLabels: [...this.#unknown.keys()],
            positive,
          };
    const raw = {
      outputs: this.#outputs.subarray(0, this.#count * this.#width),
      predicted: this.#predicted.subarray(0, this.#count),
    };
    const { metrics, evaluation } = runToEnd(scorePredictions(this.#model, testSet, raw));
    const { interval } = this.#model;
    if (interval === undefined || testSet.task !== 'REGRESSION' || evaluation.task !== 'REGRESSION') {
      return { metrics, evaluation };
    }
    const held = intervalCoverage(interval, { actual: testSet.actual, predicted: raw.outputs });
    return { metrics, evaluation: { ...evaluation, interval: held } };
  }

  #keep(actual: number, outputs: Float64Array, predicted: number): void {
    if (this.#count === this.#capacity) this.#halve();
    if (this.#count === this.#actual.length) this.#grow();
    this.#actual[this.#count] = actual;
    this.#outputs.set(outputs, this.#count * this.#width);
    this.#predicted[this.#count] = predicted;
    this.#count++;
  }

  #grow(): void {
    const rows = Math.min(this.#capacity, Math.max(1024, this.#count * 2));
    const [actual, outputs] = [new Float64Array(rows), new Float64Array(rows * this.#width)];
    const predicted = new Int32Array(rows);
    actual.set(this.#actual);
    outputs.set(this.#outputs);
    predicted.set(this.#predicted);
    [this.#actual, this.#outputs, this.#predicted] = [actual, outputs, predicted];
  }

  /** Keeps every other row from now on, and of those that there are. */
  #halve(): void {
    const half = Math.ceil(this.#count / 2);
    for (let row = 1; row < half; row++) {
      this.#actual[row] = this.#actual[row * 2]!;
      this.#outputs.copyWithin(row * this.#width, row * 2 * this.#width, (row * 2 + 1) * this.#width);
      this.#predicted[row] = this.#predicted[row * 2]!;
    }
    this.#count = half;
    this.#step *= 2;
  }

  #unknownNumber(label: string): number {
    const known = this.#unknown.get(label);
    if (known !== undefined) return known;
    this.#unknown.set(label, this.#unknown.size);
    return this.#unknown.size - 1;
  }
}
