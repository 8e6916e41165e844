/** How test rows are drawn of classes. */
export interface Strata {
  /** For each class its stratum; -1 for a class without rows. */
  readonly stratumOf: Int32Array;
  /** For each stratum its rows, and how many of them are drawn. */
  readonly sizes: readonly number[];
  readonly draws: readonly number[];
}

/**
 * A stratum for each class that has rows, in their order. Those that have less than one row to expect in either part, and so no share
 * of their own, are drawn together, after the others. Each stratum is to be gone through in the order of its rows.
 */
export function planStrata(rowsOfClasses: readonly number[], fraction: number): Strata {
  const hasShare = (rows: number): boolean => {
    const expected = rows * fraction;
    // Not rows * (1 - fraction): of 5 rows at 0.8 that is 0.9999999999999998.
    return expected >= 1 && rows - expected >= 1;
  };
  const stratumOf = new Int32Array(rowsOfClasses.length).fill(-1);
  const sizes: number[] = [];
  // Of one class alone there is no share to keep.
  const isOne = rowsOfClasses.length === 1;
  rowsOfClasses.forEach((rows, label) => {
    if (rows > 0 && (isOne || hasShare(rows))) stratumOf[label] = sizes.push(rows) - 1;
  });
  const rare = rowsOfClasses.flatMap((rows, label) => (rows > 0 && stratumOf[label] === -1 ? [label] : []));
  if (rare.length > 0) {
    const stratum = sizes.push(rare.reduce((sum, label) => sum + rowsOfClasses[label]!, 0)) - 1;
    for (const label of rare) stratumOf[label] = stratum;
  }
  const rowCount = rowsOfClasses.reduce((sum, rows) => sum + rows, 0);
  return { stratumOf, sizes, draws: allocate(sizes, rowCount, Math.round(rowCount * fraction)) };
}

/** How many of `count` each stratum gets: its share rounded down, the rest to the largest remainders, ties to the first. */
function allocate(sizes: readonly number[], rowCount: number, count: number): number[] {
  const exact = sizes.map((size) => (size * count) / rowCount);
  const draws = exact.map(Math.floor);
  const byRemainder = exact
    .map((share, i) => ({ i, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  let left = count - draws.reduce((total, share) => total + share, 0);
  for (const { i } of byRemainder) {
    if (left-- <= 0) break;
    draws[i]!++;
  }
  return draws;
}
