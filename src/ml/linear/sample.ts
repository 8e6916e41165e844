import type { TrainingSet, TrainingTarget } from '../training-set.ts';

/** The golden ratio of 2^32: its multiples modulo 2^32 are spread evenly, over any run of neighbouring rows. */
const GOLDEN_STEP = 0x9e3779b1;

/** A class with fewer rows in a sample is hardly known there. */
const MIN_CLASS_ROWS = 10;

/**
 * About `sampleRows` of the training rows, spread evenly but without a period; null if that would be more than half of them,
 * or too few of some class.
 */
export function sampleOf(data: TrainingSet, sampleRows: number): TrainingSet | null {
  const { rows, target, weights = null } = data;
  if (sampleRows > rows.length / 2) return null;
  const limit = Math.floor((sampleRows / rows.length) * 2 ** 32);
  const positions: number[] = [];
  for (let i = 0; i < rows.length; i++) if (Math.imul(i, GOLDEN_STEP) >>> 0 < limit) positions.push(i);
  const sampled = targetOf(target, positions);
  if (sampled.task === 'CLASSIFICATION') {
    const rowsOfClass = new Uint32Array(sampled.labels.length);
    for (const code of sampled.codes) rowsOfClass[code]!++;
    if (rowsOfClass.some((count) => count < MIN_CLASS_ROWS)) return null;
  }
  return {
    ...data,
    rows: Int32Array.from(positions, (i) => rows[i]!),
    target: sampled,
    weights: weights && Float64Array.from(positions, (i) => weights[i]!),
  };
}

function targetOf(target: TrainingTarget, positions: readonly number[]): TrainingTarget {
  return target.task === 'REGRESSION'
    ? { task: 'REGRESSION', values: Float64Array.from(positions, (i) => target.values[i]!) }
    : { ...target, codes: Int32Array.from(positions, (i) => target.codes[i]!) };
}
