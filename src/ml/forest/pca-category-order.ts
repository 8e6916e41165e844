/** Rounds of the power iteration: the order settles long before the direction does to the last digit. */
const ROUNDS = 30;

/**
 * Puts the codes of a category on a line by their label shares: each code's score along the direction in which the shares
 * of the codes differ most (their first principal component, codes weighted by their rows). For two labels that is the
 * share of one of them; for more it is the order of Coppersmith, Hong and Hosking (1999).
 *
 * `table` holds the weight of each label, code after code. Each code counts together with `smoothing` of the whole's
 * shares. Cost: ROUNDS * codes * labels.
 */
export function pcaCategoryOrder(
  table: Float64Array,
  codeCount: number,
  labelCount: number,
  smoothing: number,
): Float64Array {
  const shares = new Float64Array(labelCount);
  const weights = new Float64Array(codeCount);
  let total = 0;
  for (let code = 0; code < codeCount; code++) {
    for (let k = 0; k < labelCount; k++) {
      const weight = table[code * labelCount + k]!;
      weights[code]! += weight;
      shares[k]! += weight;
      total += weight;
    }
  }
  for (let k = 0; k < labelCount; k++) shares[k]! /= total;
  const away = new Float64Array(codeCount * labelCount);
  for (let code = 0; code < codeCount; code++) {
    for (let k = 0; k < labelCount; k++) {
      const at = code * labelCount + k;
      away[at] = (table[at]! - weights[code]! * shares[k]!) / (weights[code]! + smoothing);
    }
  }
  const direction = farthestCode(away, weights, labelCount);
  const scores = new Float64Array(codeCount);
  for (let round = 0; round <= ROUNDS; round++) {
    for (let code = 0; code < codeCount; code++) {
      let score = 0;
      for (let k = 0; k < labelCount; k++) score += away[code * labelCount + k]! * direction[k]!;
      scores[code] = score;
    }
    direction.fill(0);
    let length = 0;
    for (let code = 0; code < codeCount; code++) {
      const pull = weights[code]! * scores[code]!;
      for (let k = 0; k < labelCount; k++) direction[k]! += pull * away[code * labelCount + k]!;
    }
    for (let k = 0; k < labelCount; k++) length += direction[k]! ** 2;
    if (length === 0) break;
    for (let k = 0; k < labelCount; k++) direction[k]! /= Math.sqrt(length);
  }
  return scores;
}

/** The shares of the code that weighs most by its distance from the whole: a start that is not square to the answer. */
function farthestCode(away: Float64Array, weights: Float64Array, labelCount: number): Float64Array {
  let farthest = 0;
  let farthestDistance = -1;
  for (let code = 0; code < weights.length; code++) {
    let distance = 0;
    for (let k = 0; k < labelCount; k++) distance += away[code * labelCount + k]! ** 2;
    if (weights[code]! * distance > farthestDistance) {
      farthestDistance = weights[code]! * distance;
      farthest = code;
    }
  }
  return away.slice(farthest * labelCount, (farthest + 1) * labelCount);
}
