import type { DateFeature, DaysFeature, ModelFeature } from '../../runtime/model.ts';
import { numbersReader } from '../../runtime/predict/encode-features.ts';
import { allParts, type DatesOfFile, partsThatDiffer } from '../preprocessing/date-features.ts';
import { PLAIN_READING } from '../training-set.ts';
import type { EdgePlacer } from './edge-sample.ts';
import type { ColumnRange } from './shard-preparation.ts';
import { type TrainingBatch, type TrainingRows, trainingPass } from './training-pass.ts';

/** Writes the numbers of a feature of the training rows of a batch; NaN where they are missing. */
export type ReadNumbers = (batch: TrainingBatch, numbers: Float64Array) => void;

/** A feature that is read as a number, and the edges between its bins. */
export interface StreamedNumbers {
  readonly feature: ModelFeature;
  readonly edges: Float64Array;
  readonly read: ReadNumbers;
}

/** Reads a column of numbers, or a part of dates, as models do; `since`: for days, the column of the other dates. */
export function plainNumbers(
  feature: (ModelFeature & { readonly kind: 'NUMBER' }) | DateFeature | DaysFeature,
  column: number,
  since: number | null = null,
): ReadNumbers {
  return (batch, numbers) => {
    const own = batch.numbers(column);
    const read = since === null ? own : { ...own, since: batch.numbers(since) };
    numbersReader(read, feature, PLAIN_READING)(batch.rows, numbers);
  };
}

/** Whether a column is the same in all training rows, and what it has in them otherwise. */
export class RangeFinder {
  #rows = 0;
  #known = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  see(numbers: Float64Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const value = numbers[i]!;
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
      if (!Number.isNaN(value)) this.#known++;
    }
    this.#rows += count;
  }

  /** Being missing counts as a value. */
  get isConstant(): boolean {
    return this.#known === 0 || (this.#known === this.#rows && this.#min === this.#max);
  }

  range(name: string): ColumnRange {
    const range = this.#known === 0 ? null : { min: this.#min, max: this.#max };
    return { name, hasMissing: this.#known < this.#rows, range };
  }
}

/** Finds the range of a column of numbers or dates. */
export function findRange(data: TrainingRows, read: ReadNumbers, onBatch: ReadNumbers | null = null): RangeFinder {
  const finder = new RangeFinder();
  for (const batch of trainingPass(data)) {
    const numbers = new Float64Array(batch.rows.length);
    read(batch, numbers);
    finder.see(numbers, numbers.length);
    onBatch?.(batch, numbers);
  }
  return finder;
}

/** Places the edges of several features in one pass. */
export function fitEdges(
  data: TrainingRows,
  features: readonly Omit<StreamedNumbers, 'edges'>[],
  placer: EdgePlacer,
): readonly StreamedNumbers[] {
  if (features.length === 0) return [];
  const collectors = features.map(() => placer.begin());
  for (const batch of trainingPass(data)) {
    const numbers = new Float64Array(batch.rows.length);
    features.forEach(({ read }, f) => {
      read(batch, numbers);
      collectors[f]!.add(numbers, numbers.length);
    });
  }
  return features.map((feature, f) => ({ ...feature, edges: placer.edgesOf(collectors[f]!) }));
}

/** The parts of dates that differ in the training rows, as partsOfDates finds them. */
export function partsOfStream(data: TrainingRows, column: number, order: DatesOfFile['order']): readonly DateFeature[] {
  // The column is one of the stream.
  const parts = allParts(data.stream.columns[column]!.name, order);
  const differ = findDiffering(
    data,
    parts.map((part) => plainNumbers(part, column)),
  );
  return partsThatDiffer(parts, (part) => differ[parts.indexOf(part)]!);
}

/** For each reading whether its numbers are of two values at least, those that are missing ignored. */
export function findDiffering(data: TrainingRows, readings: readonly ReadNumbers[]): readonly boolean[] {
  const known = readings.map(() => Number.NaN);
  const differs = readings.map(() => false);
  for (const batch of trainingPass(data)) {
    const numbers = new Float64Array(batch.rows.length);
    readings.forEach((read, at) => {
      if (differs[at] === true) return;
      read(batch, numbers);
      for (const value of numbers) {
        if (Number.isNaN(known[at])) known[at] = value;
        else if (value !== known[at] && !Number.isNaN(value)) differs[at] = true;
      }
    });
    if (!differs.includes(false)) break;
  }
  return differs;
}
