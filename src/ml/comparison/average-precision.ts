import { SECOND_LABEL } from '../evaluation/classifier-output.ts';
import { ascendingOrder, endOfTie } from './ascending-order.ts';
import type { KeptClassPredictions } from './kept-predictions.ts';
import { momentsOf, type PairedTest, signTestPValue, studentPValue, untested } from './paired-test.ts';
import { NOT_BINARY } from './roc-auc.ts';

/** Precision of one label and of the other are of different things. */
export const OTHER_POSITIVE = 'the positive classes of the two runs are different';

/**
 * Compares two binary models' average precision by the delta method: each row's influence on either is paired by row, and
 * the mean difference held against Student's t by the smaller class. Cost: a sort of the rows.
 */
export function compareAveragePrecision(first: KeptClassPredictions, second: KeptClassPredictions): PairedTest {
  const [one, other] = [first.positiveProbability, second.positiveProbability];
  if (one === null || other === null) return untested(NOT_BINARY);
  const positive = first.positive ?? SECOND_LABEL;
  if (positive !== (second.positive ?? SECOND_LABEL)) return untested(OTHER_POSITIVE);
  const positives = first.actual.reduce((count, label) => count + (label === positive ? 1 : 0), 0);
  const fewer = Math.min(positives, first.actual.length - positives);
  if (fewer < 2) return untested('there are not two test rows of either label');
  const ours = averagePrecisionPseudoValues(first.actual, one, positive);
  const theirs = averagePrecisionPseudoValues(first.actual, other, positive);
  const { mean: difference, variance } = momentsOf(ours.map((share, i) => share - theirs[i]!));
  if (difference === 0) return { isTested: true, difference: 0, pValue: 1 };
  if (variance === 0) return { isTested: true, difference, pValue: signTestPValue(fewer, 0) };
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
export function averagePrecisionPseudoValues(
  actual: Int32Array,
  scores: Float32Array,
  positive = SECOND_LABEL,
): Float64Array {
  const rowCount = actual.length;
  const order = ascendingOrder(scores);
  const positives = actual.reduce((count, label) => count + (label === positive ? 1 : 0), 0);
  const pseudoValues = new Float64Array(rowCount);
  let average = 0;
  let positivesAbove = positives;
  // Over the positive rows so far: n / rows, and precision n / rows.
  let [weight, weighted] = [0, 0];
  for (let from = 0, to = 0; from < rowCount; from = to) {
    to = endOfTie(scores, order, from);
    let tied = 0;
    for (let position = from; position < to; position++) if (actual[order[position]!] === positive) tied++;
    const precision = positivesAbove / (rowCount - from);
    average += (tied * precision) / positives;
    weight += (tied * rowCount) / (rowCount - from);
    weighted += (tied * rowCount * precision) / (rowCount - from);
    const ofPositive = (rowCount * precision + weight - weighted) / positives;
    const ofNegative = -weighted / positives;
    for (let position = from; position < to; position++) {
      const row = order[position]!;
      pseudoValues[row] = actual[row] === positive ? ofPositive : ofNegative;
    }
    positivesAbove -= tied;
  }
  // The average is known only now.
  return pseudoValues.map(
    (share, row) => share + average - (actual[row] === positive ? (rowCount * average) / positives : 0),
  );
}
