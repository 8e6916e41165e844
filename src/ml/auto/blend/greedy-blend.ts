/** So many times a model is added; a member has a fortieth of the weight at least. */
const STEPS = 40;

/** Logarithms of products of this many probabilities are taken: none of those is below 1e-15, so that no product vanishes. */
const FACTORS = 8;
const SMALLEST_PROBABILITY = 1e-15;

/** What a blend is chosen on: the scores of each model, row by row (see SearchRows). */
export interface BlendRows {
  readonly scores: readonly Float64Array[];
  /** For numbers the actual values; null for labels. */
  readonly actual: Float64Array | null;
  /** How much each row counts; null: all alike. */
  readonly weights: Float64Array | null;
}

/**
 * The weights of a blend, one for each model, which sum to 1. Starting from nothing, the model that lowers the loss of the mean
 * most is added, forty times, and again and again where it helps; of the forty means the best is taken, of equal ones the
 * shortest (Caruana and others, "Ensemble selection from libraries of models", 2004). The first is the best single model, so
 * that no blend is worse on these rows.
 * Cost: forty passes over the scores. Yields after each.
 */
export function* greedyBlend({ scores, actual, weights }: BlendRows): Generator<void, Float64Array> {
  const counts = new Float64Array(scores.length);
  const sum = new Float64Array(scores[0]?.length ?? 0);
  let best = { loss: Number.POSITIVE_INFINITY, weights: counts };
  for (let step = 1; step <= STEPS; step++) {
    let [chosen, least] = [0, Number.POSITIVE_INFINITY];
    for (const [model, each] of scores.entries()) {
      const loss = lossWith(sum, each, step, { actual, weights });
      if (loss < least) [chosen, least] = [model, loss];
    }
    counts[chosen]!++;
    const added = scores[chosen]!;
    for (let i = 0; i < sum.length; i++) sum[i]! += added[i]!;
    if (least < best.loss) best = { loss: least, weights: counts.map((count) => count / step) };
    yield;
  }
  return best.weights;
}

/** The sum over the rows of the loss of the mean of `count` models: those of `sum` and one more. */
function lossWith(
  sum: Float64Array,
  added: Float64Array,
  count: number,
  { actual, weights }: Omit<BlendRows, 'scores'>,
): number {
  if (actual !== null) return squaredError(sum, added, count, actual, weights);
  return weights === null ? logLoss(sum, added, count) : weightedLogLoss(sum, added, count, weights);
}

function logLoss(sum: Float64Array, added: Float64Array, count: number): number {
  let loss = 0;
  let product = 1;
  for (let i = 0; i < sum.length; i++) {
    product *= Math.max((sum[i]! + added[i]!) / count, SMALLEST_PROBABILITY);
    if (i % FACTORS === FACTORS - 1) {
      loss -= Math.log(product);
      product = 1;
    }
  }
  return loss - Math.log(product);
}

function weightedLogLoss(sum: Float64Array, added: Float64Array, count: number, weights: Float64Array): number {
  let loss = 0;
  for (let i = 0; i < sum.length; i++) {
    loss -= weights[i]! * Math.log(Math.max((sum[i]! + added[i]!) / count, SMALLEST_PROBABILITY));
  }
  return loss;
}

function squaredError(
  sum: Float64Array,
  added: Float64Array,
  count: number,
  actual: Float64Array,
  weights: Float64Array | null,
): number {
  let loss = 0;
  for (let i = 0; i < sum.length; i++) {
    loss += (weights?.[i] ?? 1) * ((sum[i]! + added[i]!) / count - actual[i]!) ** 2;
  }
  return loss;
}
