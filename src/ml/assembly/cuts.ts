// Where a number is best cut, by a histogram of derivatives.

/**
 * A fraction is not above a score where its numerator is below the score times the denominator, less what rounding may add:
 * most are seen not to be by that, without a division.
 */
const NEARLY_ONE: f64 = 1 - 1e-13;

/**
 * The best cut of a number's bins: with gradient sum G and hessian sum H of each side the score is
 * T(GL)^2 / (HL + l2) + T(GR)^2 / (HR + l2), where T takes l1 off the size of a sum, and no more than all of it. Rows up to some bin go left, and missing ones, in the last bin, right or left: both
 * are tried at once. Of equal scores the first counts, missing right before left. Returns the score, or `least` if there
 * is no better one; 2 * bin + (1 if missing rows go left) goes to the i32 at `cut`, which is -1 for no cut.
 *
 * @param histogram for each bin its gradient sum and its hessian sum, f64, both whole
 * @param missing the number of the last bin
 * @param minimum the least hessian sum of a side, above 0
 * @param counts for each bin its rows, i32, where a side must have `minRows` of them; else 0
 */
export function findNumberCut(
  histogram: usize,
  missing: i32,
  gradient: f64,
  hessian: f64,
  l1: f64,
  l2: f64,
  minimum: f64,
  least: f64,
  counts: usize,
  minRows: i32,
  cut: usize,
): f64 {
  const last = histogram + ((<usize>missing) << 4);
  const missingGradient = load<f64>(last);
  const missingHessian = load<f64>(last, 8);
  const hasMissing = missingGradient != 0 || missingHessian != 0;
  if (!hasMissing && counts == 0) {
    return findPlainCut(histogram, last, gradient, hessian, l1, l2, minimum, least, cut);
  }
  const penalty = f64x2.splat(l2);
  const threshold = f64x2.splat(l1);
  const none = f64x2.splat(0);
  const least2 = f64x2.splat(minimum);
  const allGradient = f64x2.splat(gradient);
  const allHessian = f64x2.splat(hessian);
  // In the first lane missing rows go right, in the second left.
  let leftGradient = f64x2.replace_lane(f64x2.splat(0), 1, missingGradient);
  let leftHessian = f64x2.replace_lane(f64x2.splat(0), 1, missingHessian);
  let allRows: i32 = 0;
  if (counts != 0) for (let bin = 0; bin <= missing; bin++) allRows += load<i32>(counts + ((<usize>bin) << 2));
  const missingRows = counts == 0 ? 0 : load<i32>(counts + ((<usize>missing) << 2));
  let leftRows: i32 = 0;
  let best = least;
  let bestCut: i32 = -1;
  let bin: i32 = 0;
  for (let at = histogram; at < last; at += 16, bin++) {
    if (counts != 0) leftRows += load<i32>(counts + ((<usize>bin) << 2));
    const sums = v128.load(at);
    if (!v128.any_true(f64x2.ne(sums, f64x2.splat(0)))) continue;
    leftGradient = f64x2.add(leftGradient, f64x2.splat(f64x2.extract_lane(sums, 0)));
    leftHessian = f64x2.add(leftHessian, f64x2.splat(f64x2.extract_lane(sums, 1)));
    const rightGradient = f64x2.sub(allGradient, leftGradient);
    const rightHessian = f64x2.sub(allHessian, leftHessian);
    const enough = v128.and(f64x2.ge(leftHessian, least2), f64x2.ge(rightHessian, least2));
    if (!v128.any_true(enough)) continue;
    const left = f64x2.add(leftHessian, penalty);
    const right = f64x2.add(rightHessian, penalty);
    const leftSize = f64x2.pmax(f64x2.sub(f64x2.abs(leftGradient), threshold), none);
    const rightSize = f64x2.pmax(f64x2.sub(f64x2.abs(rightGradient), threshold), none);
    // One division for both fractions.
    const score = f64x2.div(
      f64x2.add(f64x2.mul(f64x2.mul(leftSize, leftSize), right), f64x2.mul(f64x2.mul(rightSize, rightSize), left)),
      f64x2.mul(left, right),
    );
    const first = f64x2.extract_lane(score, 0);
    if (first > best && i64x2.extract_lane(enough, 0) != 0 && min(leftRows, allRows - leftRows) >= minRows) {
      best = first;
      bestCut = bin << 1;
    }
    const second = f64x2.extract_lane(score, 1);
    const withMissing = leftRows + missingRows;
    if (
      hasMissing &&
      second > best &&
      i64x2.extract_lane(enough, 1) != 0 &&
      min(withMissing, allRows - withMissing) >= minRows
    ) {
      best = second;
      bestCut = (bin << 1) | 1;
    }
  }
  store<i32>(cut, bestCut);
  return best;
}

/**
 * findNumberCut where nothing is missing and rows need not be counted: two neighbouring bins at once. A cut above a bin without
 * rows has the score of the one below it, which is not better. Sums of whole numbers are exact in any order.
 */
function findPlainCut(
  histogram: usize,
  last: usize,
  gradient: f64,
  hessian: f64,
  l1: f64,
  l2: f64,
  minimum: f64,
  least: f64,
  cut: usize,
): f64 {
  const penalty = f64x2.splat(l2);
  const threshold = f64x2.splat(l1);
  const none = f64x2.splat(0);
  const least2 = f64x2.splat(minimum);
  const allGradient = f64x2.splat(gradient);
  const allHessian = f64x2.splat(hessian);
  let gradientBelow = none;
  let hessianBelow = none;
  let best = least;
  let bound = f64x2.splat(best * NEARLY_ONE);
  let bestCut: i32 = -1;
  // Of an odd number of bins the last pair has the one of missing values, which is empty: nothing is right of it.
  for (let at = histogram; at < last; at += 32) {
    const first = v128.load(at);
    const second = v128.load(at, 16);
    if (!v128.any_true(v128.or(first, second))) continue;
    const gradients = v128.shuffle<f64>(first, second, 0, 2);
    const hessians = v128.shuffle<f64>(first, second, 1, 3);
    const leftGradient = f64x2.add(gradientBelow, f64x2.add(gradients, v128.shuffle<f64>(none, gradients, 0, 2)));
    const leftHessian = f64x2.add(hessianBelow, f64x2.add(hessians, v128.shuffle<f64>(none, hessians, 0, 2)));
    gradientBelow = v128.shuffle<f64>(leftGradient, leftGradient, 1, 1);
    hessianBelow = v128.shuffle<f64>(leftHessian, leftHessian, 1, 1);
    const rightGradient = f64x2.sub(allGradient, leftGradient);
    const rightHessian = f64x2.sub(allHessian, leftHessian);
    const enough = f64x2.ge(f64x2.pmin(leftHessian, rightHessian), least2);
    const left = f64x2.add(leftHessian, penalty);
    const right = f64x2.add(rightHessian, penalty);
    const leftSize = f64x2.pmax(f64x2.sub(f64x2.abs(leftGradient), threshold), none);
    const rightSize = f64x2.pmax(f64x2.sub(f64x2.abs(rightGradient), threshold), none);
    const numerator = f64x2.add(
      f64x2.mul(f64x2.mul(leftSize, leftSize), right),
      f64x2.mul(f64x2.mul(rightSize, rightSize), left),
    );
    const denominator = f64x2.mul(left, right);
    const better = v128.and(enough, f64x2.gt(numerator, f64x2.mul(denominator, bound)));
    if (!v128.any_true(better)) continue;
    const score = f64x2.div(numerator, denominator);
    const bin = <i32>((at - histogram) >> 4);
    if (i64x2.extract_lane(better, 0) != 0 && f64x2.extract_lane(score, 0) > best) {
      best = f64x2.extract_lane(score, 0);
      bestCut = bin << 1;
    }
    if (i64x2.extract_lane(better, 1) != 0 && f64x2.extract_lane(score, 1) > best) {
      best = f64x2.extract_lane(score, 1);
      bestCut = (bin + 1) << 1;
    }
    bound = f64x2.splat(best * NEARLY_ONE);
  }
  store<i32>(cut, bestCut);
  return best;
}
