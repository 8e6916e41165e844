/** The smallest of the values that at least this share of them do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

/** Median, 99th percentile and largest of some milliseconds, for a line of text. */
export function latencyText(milliseconds: readonly number[]): string {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => `${quantile(milliseconds, share).toFixed(1).padStart(6)} ms`);
  return `p50 ${p50}  p99 ${p99}  max ${max}`;
}
