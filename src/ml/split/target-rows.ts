import { cutValue } from '../../runtime/values/cut-value.ts';
import type { TestRows } from '../evaluation/evaluate-model.ts';
import { float64ArrayFrom, int32ArrayFrom } from '../parallel/typed-arrays.ts';
import type { Target } from '../preprocessing/target.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { TrainingTarget } from '../training-set.ts';

/** The target, where at least one row has one. Throws TrainingDataError. */
export function requireKnownTarget(name: string, target: Target): Target {
  const isKnown =
    target.task === 'CLASSIFICATION' ? target.labels.length > 0 : target.values.some((value) => !Number.isNaN(value));
  if (isKnown) return target;
  throw targetMissing(name);
}

/** The refusal of a target that no row has. */
export function targetMissing(name: string): TrainingDataError {
  return new TrainingDataError(
    'TARGET_ALL_MISSING',
    `the target ${name} is missing in every row`,
    'choose another target',
  );
}

/** Throws TrainingDataError for training rows of fewer than two labels. */
export function requireLabels(labels: readonly string[], name: string): void {
  if (labels.length >= 2) return;
  throw new TrainingDataError(
    'TARGET_ONE_CLASS',
    `the target ${name} is ${labels.map(cutValue).join()} in all training rows`,
    'a model needs at least two labels to tell apart: check the target, or split the rows otherwise',
  );
}

/** The target of the training rows, with only the labels that occur there, in order. */
export function trainingTarget(target: Target, rows: Int32Array, name: string): TrainingTarget {
  if (target.task === 'REGRESSION') {
    return { task: 'REGRESSION', values: float64ArrayFrom(rows.length, (i) => target.values[rows[i]!]!) };
  }
  const occurs = new Uint8Array(target.labels.length);
  for (const row of rows) occurs[target.codes[row]!] = 1;
  const labels = target.labels.filter((_, code) => occurs[code] === 1);
  requireLabels(labels, name);
  const codeOf = new Map(labels.map((label, k) => [label, k]));
  // Every label of a training row is in the list.
  const newCodeOf = Int32Array.from(target.labels, (label) => codeOf.get(label) ?? -1);
  return {
    task: 'CLASSIFICATION',
    labels,
    codes: int32ArrayFrom(rows.length, (i) => newCodeOf[target.codes[rows[i]!]!]!),
  };
}

/** The actual targets of the test rows, as codes of the training labels; labels that only test rows have come after those. */
export function testRowsOf(target: Target, trained: TrainingTarget, rows: Int32Array): TestRows {
  if (target.task === 'REGRESSION' || trained.task === 'REGRESSION') {
    const values = target.task === 'REGRESSION' ? target.values : new Float64Array(0);
    return { task: 'REGRESSION', rows, actual: float64ArrayFrom(rows.length, (i) => values[rows[i]!]!) };
  }
  const codeOf = new Map(trained.labels.map((label, k) => [label, k]));
  const known = codeOf.size;
  for (const row of rows) {
    const label = target.labels[target.codes[row]!]!;
    if (!codeOf.has(label)) codeOf.set(label, codeOf.size);
  }
  const newCodeOf = Int32Array.from(target.labels, (label) => codeOf.get(label) ?? -1);
  return {
    task: 'CLASSIFICATION',
    rows,
    actual: int32ArrayFrom(rows.length, (i) => newCodeOf[target.codes[rows[i]!]!]!),
    unknownLabels: [...codeOf.keys()].slice(known),
  };
}
