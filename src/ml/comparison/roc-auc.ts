import { SECOND_LABEL } from '../evaluation/classifier-output.ts';
import { ascendingOrder, endOfTie } from './ascending-order.ts';
import type { KeptClassPredictions } from './kept-predictions.ts';
import { momentsOf, type PairedTest, signTestPValue, studentPValue, untested } from './paired-test.ts';

/** What is said of models of more than two labels, of whose probabilities only that of the true label is kept. */
export const NOT_BINARY = 'the probabilities that it is of are kept for two labels only';

/**
 * Compares two binary models' areas under the ROC curve (DeLong, DeLong and Clarke-Pearson, 1988). A positive row's placement
 * is the share of the negative rows that score below it, equal ones counting half; a negative row's, that of the positive
 * rows above it. Either mean is the area. The variance of the difference of the areas is that of the positive rows'
 * differences by their number, plus that of the negative rows'.
 *
 * Held against Student's t by the smaller class instead of the normal distribution: of a few rows a spread is not known
 * so well. Cost: a sort of the rows.
 */
export function compareRocAuc(first: KeptClassPredictions, second: KeptClassPredictions): PairedTest {
  const [one, other] = [first.positiveProbability, second.positiveProbability];
  if (one === null || other === null) return untested(NOT_BINARY);
  const positive = first.positive ?? SECOND_LABEL;
  const [ours, theirs] = [placements(first.actual, one, positive), placements(first.actual, other, positive)];
  const fewer = Math.min(ours.positive.length, ours.negative.length);
  if (fewer < 2) return untested('there are not two test rows of either label');
  const ofPositives = momentsOf(ours.positive.map((placement, i) => placement - theirs.positive[i]!));
  const ofNegatives = momentsOf(ours.negative.map((placement, i) => placement - theirs.negative[i]!));
  // Rows of labels that the models do not know count half for either.
  const known = first.actual.reduce((count, label) => count + (label <= SECOND_LABEL ? 1 : 0), 0) / first.actual.length;
  const difference = known * ofPositives.mean;
  const variance =
    known ** 2 * (ofPositives.variance / ours.positive.length + ofNegatives.variance / ours.negative.length);
  if (difference === 0) return { isTested: true, difference: 0, pValue: 1 };
  if (variance === 0) return { isTested: true, difference, pValue: signTestPValue(fewer, 0) };
  return { isTested: true, difference, pValue: studentPValue(difference / Math.sqrt(variance), fewer - 1) };
}

/** In the order of the rows, apart for either kind. */
function placements(
  actual: Int32Array,
  scores: Float32Array,
  positive: number,
): { readonly positive: Float64Array; readonly negative: Float64Array } {
  const isPositive = (row: number): boolean => actual[row] === positive;
  const order = ascendingOrder(scores);
  const rowCount = actual.length;
  const positives = actual.reduce((count, label) => count + (label === positive ? 1 : 0), 0);
  const placement = new Float64Array(rowCount);
  let positivesBelow = 0;
  for (let from = 0, to = 0; from < rowCount; from = to) {
    to = endOfTie(scores, order, from);
    const negativesBelow = from - positivesBelow;
    let tied = 0;
    for (let position = from; position < to; position++) if (isPositive(order[position]!)) tied++;
    const ofPositive = (negativesBelow + (to - from - tied) / 2) / (rowCount - positives);
    const ofNegative = 1 - (positivesBelow + tied / 2) / positives;
    for (let position = from; position < to; position++) {
      const row = order[position]!;
      placement[row] = isPositive(row) ? ofPositive : ofNegative;
    }
    positivesBelow += tied;
  }
  return {
    positive: placement.filter((_, row) => isPositive(row)),
    negative: placement.filter((_, row) => !isPositive(row)),
  };
}
