/** The arithmetic mean, as the mean of the distances from the first value: sums of large values would lose their digits. `weights`: how much each counts; null: all alike. */
export function mean(values: Float64Array, weights: Float64Array | null = null): number {
  const origin = values[0] ?? 0;
  let sum = 0;
  if (weights === null) {
    for (const value of values) sum += value - origin;
    return origin + sum / values.length;
  }
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += weights[i]! * (values[i]! - origin);
    total += weights[i]!;
  }
  return origin + sum / total;
}
