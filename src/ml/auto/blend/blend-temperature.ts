import type { FoldPredictions } from '../../folds/fold-predictions.ts';
import { float64ArrayFrom, int32ArrayFrom } from '../../parallel/typed-arrays.ts';
import { findTemperature, mayHaveTemperature } from '../../temperature.ts';
import type { SearchRows } from '../search-rows.ts';

/** Beyond so many probabilities the temperature is found on evenly drawn rows. */
const MAX_PROBABILITIES = 500_000;

/** Probabilities below this count as this much. */
const SMALLEST_PROBABILITY = 1e-15;

/**
 * The temperature of a blend by what its members said, together, of the rows that folds have predicted: the mean of several models is
 * less certain than each of them. 1 for numbers, for few rows, and where a paired test does not show that another one is better.
 * `done`: of each fold, with the probability of each label.
 */
export function blendTemperature(rows: SearchRows, done: readonly FoldPredictions[]): number {
  const { labels } = rows;
  const count = rows.actual.length;
  if (labels === 0 || !mayHaveTemperature(labels, count)) return 1;
  const step = Math.ceil((count * labels) / MAX_PROBABILITIES);
  const chosen = int32ArrayFrom(Math.ceil(count / step), (i) => i * step);
  const all = new Float64Array(count * labels);
  let at = 0;
  for (const { outputs } of done) {
    all.set(outputs, at);
    at += outputs.length;
  }
  const logOf = (row: number, label: number) => Math.log(Math.max(all[row * labels + label]!, SMALLEST_PROBABILITY));
  const width = labels === 2 ? 1 : labels;
  const margins = float64ArrayFrom(chosen.length * width, (i) =>
    labels === 2 ? logOf(chosen[i]!, 1) - logOf(chosen[i]!, 0) : logOf(chosen[Math.floor(i / width)]!, i % width),
  );
  return findTemperature({
    margins,
    codes: chosen.map((row) => rows.actual[row]!),
    weights: rows.weights === null ? null : float64ArrayFrom(chosen.length, (i) => rows.weight(chosen[i]!)),
  });
}

/** The predictions with each probability to the power 1 / temperature, divided by the sum of its row, as models of blends have it. */
export function temperedPredictions(
  { outputs, predicted }: FoldPredictions,
  labels: number,
  temperature: number,
): FoldPredictions {
  if (labels === 0 || temperature === 1) return { outputs, predicted };
  const tempered = outputs.map((probability) => probability ** (1 / temperature));
  for (let row = 0; row < tempered.length; row += labels) {
    const sum = tempered.subarray(row, row + labels).reduce((total, each) => total + each, 0);
    for (let k = row; k < row + labels; k++) tempered[k]! /= sum;
  }
  return { outputs: tempered, predicted };
}
