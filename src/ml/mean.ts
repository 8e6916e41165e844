/** The arithmetic mean, as the mean of the distances from the first value: sums of large values would lose their digits. */
export function mean(values: Float64Array): number {
  const origin = values[0] ?? 0;
  let sum = 0;
  for (const value of values) sum += value - origin;
  return origin + sum / values.length;
}
