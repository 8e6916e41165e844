/** Half the way between the smallest and the largest value, and how far it is to either. Infinite for no values. */
export function midrange(values: Float64Array): { readonly midpoint: number; readonly halfRange: number } {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    smallest = Math.min(smallest, values[i]!);
    largest = Math.max(largest, values[i]!);
  }
  // Halved first: the sum of two doubles may be none.
  return { midpoint: smallest / 2 + largest / 2, halfRange: largest / 2 - smallest / 2 };
}
