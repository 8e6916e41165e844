// What the rows of a leaf add up to, and what is added to each of them.

/**
 * Adds up the gradients, the hessians, and the squared gradients, f64, of those of rows[start, end), i32, whose role is 0,
 * and how many these are: to four f64 at `sums`. A row that stands for several has their gradients' sum: each of them is that
 * divided by their number.
 *
 * @param hessians 0 where all are 1
 * @param roles one byte for each row, 0 where all rows count
 * @param counts how many rows each stands for, f64; 0 where each stands for one
 */
export function sumDerivatives(
  gradients: usize,
  hessians: usize,
  roles: usize,
  counts: usize,
  rows: usize,
  start: i32,
  end: i32,
  sums: usize,
): void {
  if (counts != 0) {
    sumWeightedDerivatives(gradients, hessians, roles, counts, rows, start, end, sums);
    return;
  }
  let gradientSum = load<f64>(sums);
  let hessianSum = load<f64>(sums, 8);
  let squares = load<f64>(sums, 16);
  let count: i32 = 0;
  const last = rows + ((<usize>end) << 2);
  for (let at = rows + ((<usize>start) << 2); at < last; at += 4) {
    const row = <usize>load<u32>(at);
    if (roles != 0 && load<u8>(roles + row) != 0) continue;
    const gradient = load<f64>(gradients + (row << 3));
    gradientSum += gradient;
    squares += gradient * gradient;
    hessianSum += hessians == 0 ? 1 : load<f64>(hessians + (row << 3));
    count++;
  }
  store<f64>(sums, gradientSum);
  store<f64>(sums, hessianSum, 8);
  store<f64>(sums, squares, 16);
  store<f64>(sums, load<f64>(sums, 24) + <f64>count, 24);
}

function sumWeightedDerivatives(
  gradients: usize,
  hessians: usize,
  roles: usize,
  counts: usize,
  rows: usize,
  start: i32,
  end: i32,
  sums: usize,
): void {
  const last = rows + ((<usize>end) << 2);
  for (let at = rows + ((<usize>start) << 2); at < last; at += 4) {
    const row = <usize>load<u32>(at);
    if (roles != 0 && load<u8>(roles + row) != 0) continue;
    const gradient = load<f64>(gradients + (row << 3));
    const count = load<f64>(counts + (row << 3));
    store<f64>(sums, load<f64>(sums) + gradient);
    store<f64>(sums, load<f64>(sums, 8) + (hessians == 0 ? 1 : load<f64>(hessians + (row << 3))), 8);
    store<f64>(sums, load<f64>(sums, 16) + (gradient * gradient) / count, 16);
    store<f64>(sums, load<f64>(sums, 24) + count, 24);
  }
}

/** Adds a number to the values, f64, of rows[start, end), i32. */
export function addToRows(values: usize, rows: usize, start: i32, end: i32, amount: f64): void {
  const last = rows + ((<usize>end) << 2);
  for (let at = rows + ((<usize>start) << 2); at < last; at += 4) {
    const value = values + ((<usize>load<u32>(at)) << 3);
    store<f64>(value, load<f64>(value) + amount);
  }
}
