import type { KeptClassPredictions } from './kept-predictions.ts';
import { coinPValue, momentsOf, type PairedTest, studentPValue, untested } from './paired-test.ts';
import { countBelow, NOT_BINARY, POSITIVE } from './roc-auc.ts';

/**
 * Compares two binary models' average precision by the delta method: each row's influence on either is paired by row, and
 * the mean difference held against Student's t by the smaller class. Cost: a sort and a binary search for each row.
 */
export function compareAveragePrecision(first: KeptClassPredictions, second: KeptClassPredictions): PairedTest {
  const [one, other] = [first.positiveProbability, second.positiveProbability];
  if (one === null || other === null) return untested(NOT_BINARY);
  const positives = first.truth.reduce((count, label) => count + (label === POSITIVE ? 1 : 0), 0);
  const fewer = Math.min(positives, first.truth.length - positives);
  if (fewer < 2) return untested('there are not two test rows of either label');
  const ours = precisionShares(first.truth, one);
  const theirs = precisionShares(first.truth, other);
  const { mean: difference, variance } = momentsOf(ours.map((share, i) => share - theirs[i]!));
  if (difference === 0) return { isTested: true, difference: 0, pValue: 1 };
  if (variance === 0) return { isTested: true, difference, pValue: coinPValue(fewer, 0) };
  const pValue = studentPValue(difference / Math.sqrt(variance / ours.length), fewer - 1);
  return { isTested: true, difference, pValue };
}

/**
 * One number for each row, whose mean is the average precision and whose spread is that of the average precision: itself plus
 * the row's influence on it.
 *
 * The average precision is the mean over the P positive rows i of precision(i) = (positive rows) / (rows) with scores from
 * s_i on. A row j changes it in two ways: a positive one is a further row of the mean, n / P (precision(j) - AP); and each
 * row is one more of the rows from s_i on for all positive rows i with s_i <= s_j, 1 / P sum of
 * (is positive - precision(i)) n / rows(i).
 */
export function precisionShares(truth: Int32Array, scores: Float32Array): Float64Array {
  const rowCount = truth.length;
  const ascending = scores.toSorted();
  /** For each row the first place of its score in the ascending scores: rows from there on score as high. */
  const places = Int32Array.from(scores, (score) => countBelow(ascending, score));
  const positivesAt = new Float64Array(rowCount);
  for (let i = 0; i < rowCount; i++) if (truth[i] === POSITIVE) positivesAt[places[i]!]!++;
  const precisionAt = new Float64Array(rowCount);
  let positives = 0;
  for (let place = rowCount - 1; place >= 0; place--) {
    positives += positivesAt[place]!;
    precisionAt[place] = positives / (rowCount - place);
  }
  // Over the positive rows up to a place: n / rows, and precision n / rows.
  const weightUpTo = new Float64Array(rowCount);
  const precisionUpTo = new Float64Array(rowCount);
  let [average, weight, weighted] = [0, 0, 0];
  for (let place = 0; place < rowCount; place++) {
    const share = (positivesAt[place]! * rowCount) / (rowCount - place);
    average += (positivesAt[place]! * precisionAt[place]!) / positives;
    weight += share;
    weighted += share * precisionAt[place]!;
    weightUpTo[place] = weight;
    precisionUpTo[place] = weighted;
  }
  return Float64Array.from(places, (place, i) => {
    if (truth[i] !== POSITIVE) return average - precisionUpTo[place]! / positives;
    const own = (rowCount * (precisionAt[place]! - average)) / positives;
    return average + own + (weightUpTo[place]! - precisionUpTo[place]!) / positives;
  });
}
