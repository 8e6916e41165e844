import type { ModelFeature } from '../../../runtime/model.ts';
import type { ShardPreparation } from '../shard-preparation.ts';

/** How an input of a rank's model is read from a row of the table: what a converter of XGBoost's models asks of a column. */
export interface RankColumn {
  readonly feature: ModelFeature;
  /**
   * Of a category: for each of its codes in a model file (that of all other texts and then that of a missing value are the last) the
   * code that ranks had for it; null for a missing value, -1 where they had none. Null for numbers.
   */
  readonly makerCodes: readonly (number | null)[] | null;
  /**
   * Of a number: from a threshold that codes are below to the largest number that goes left with them; -Infinity if none does,
   * Infinity if all do. Null for categories.
   */
  readonly edgeOf: ((threshold: number) => number) | null;
}

/** The inputs of a model that ranks have trained on the shards of a preparation, in their order. */
export function rankColumns({
  features,
  edges,
  orders,
}: Pick<ShardPreparation, 'features' | 'edges' | 'orders'>): RankColumn[] {
  return features.map((feature, at) => {
    const order = orders[at] ?? null;
    if (order !== null) return { feature, makerCodes: codesOfRanks(feature, order), edgeOf: null };
    const ofFeature = edges[at]!;
    return { feature, makerCodes: null, edgeOf: (threshold) => edgeBelow(ofFeature, threshold) };
  });
}

/** The number of code c is above edge c - 1 and at most edge c: codes below a threshold end at the edge of the last of them. */
function edgeBelow(edges: Float64Array, threshold: number): number {
  const last = Math.ceil(threshold) - 1;
  if (last < 0) return Number.NEGATIVE_INFINITY;
  return edges[last] ?? Number.POSITIVE_INFINITY;
}

/** @param order for each code of the ranks the code in the model file */
function codesOfRanks(feature: ModelFeature, order: Uint8Array): (number | null)[] {
  const texts = feature.kind === 'CATEGORY' ? feature.categories.length : 0;
  const codes: (number | null)[] = Array<number>(texts + 1).fill(-1);
  for (const [code, inModel] of order.entries()) codes[inModel] = code;
  return [...codes, null];
}
