// The same products for several classes: the margins of a row lie side by side. Rows and weights as in linear.ts.

/** marginsOfRows for several margins: those of row i begin at number i * stride. */
export function classMarginsOfRows(
  dense: usize,
  width: i32,
  starts: usize,
  columns: usize,
  count: i32,
  weights: usize,
  stride: i32,
  margins: usize,
): void {
  const bytes = (<usize>width) << 3;
  const strideBytes = (<usize>stride) << 3;
  const remainder = count & 3;
  for (let k: usize = 0; k < strideBytes; k += 32) {
    let row = dense;
    let to = margins + k;
    for (let i = remainder; i < count; i += 4) {
      fourRows(row, bytes, weights + k, strideBytes, to);
      row += bytes << 2;
      to += strideBytes << 2;
    }
    for (let i = 0; i < remainder; i++) {
      oneRow(row, bytes, weights + k, strideBytes, to);
      row += bytes;
      to += strideBytes;
    }
  }
  let to = margins;
  let at = columns + ((<usize>load<u32>(starts)) << 2);
  for (let i: usize = 0; i < <usize>count; i++) {
    const end = columns + ((<usize>load<u32>(starts + (i << 2), 4)) << 2);
    for (; at < end; at += 4) addTo(to, weights + <usize>load<u32>(at) * strideBytes, strideBytes);
    to += strideBytes;
  }
}

/** Four margins of four rows. */
function fourRows(row: usize, bytes: usize, weights: usize, strideBytes: usize, margins: usize): void {
  let low0 = f64x2.splat(0);
  let high0 = low0;
  let low1 = low0;
  let high1 = low0;
  let low2 = low0;
  let high2 = low0;
  let low3 = low0;
  let high3 = low0;
  const second = row + bytes;
  const third = second + bytes;
  const fourth = third + bytes;
  for (let at: usize = 0; at < bytes; at += 8) {
    const low = v128.load(weights);
    const high = v128.load(weights, 16);
    let value = v128.load64_splat(row + at);
    low0 = f64x2.add(low0, f64x2.mul(low, value));
    high0 = f64x2.add(high0, f64x2.mul(high, value));
    value = v128.load64_splat(second + at);
    low1 = f64x2.add(low1, f64x2.mul(low, value));
    high1 = f64x2.add(high1, f64x2.mul(high, value));
    value = v128.load64_splat(third + at);
    low2 = f64x2.add(low2, f64x2.mul(low, value));
    high2 = f64x2.add(high2, f64x2.mul(high, value));
    value = v128.load64_splat(fourth + at);
    low3 = f64x2.add(low3, f64x2.mul(low, value));
    high3 = f64x2.add(high3, f64x2.mul(high, value));
    weights += strideBytes;
  }
  v128.store(margins, low0);
  v128.store(margins, high0, 16);
  margins += strideBytes;
  v128.store(margins, low1);
  v128.store(margins, high1, 16);
  margins += strideBytes;
  v128.store(margins, low2);
  v128.store(margins, high2, 16);
  margins += strideBytes;
  v128.store(margins, low3);
  v128.store(margins, high3, 16);
}

/** Four margins of one row. */
function oneRow(row: usize, bytes: usize, weights: usize, strideBytes: usize, margins: usize): void {
  let low = f64x2.splat(0);
  let high = low;
  for (let at: usize = 0; at < bytes; at += 8) {
    const value = v128.load64_splat(row + at);
    low = f64x2.add(low, f64x2.mul(v128.load(weights), value));
    high = f64x2.add(high, f64x2.mul(v128.load(weights, 16), value));
    weights += strideBytes;
  }
  v128.store(margins, low);
  v128.store(margins, high, 16);
}

/** Adds as many bytes of numbers, f64, a multiple of 32. */
function addTo(sums: usize, values: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 32) {
    v128.store(sums + at, f64x2.add(v128.load(sums + at), v128.load(values + at)));
    v128.store(sums + at, f64x2.add(v128.load(sums + at, 16), v128.load(values + at, 16)), 16);
  }
}

/** addGradient for several margins: the derivatives of row i begin at number i * stride. */
export function addClassGradients(
  dense: usize,
  width: i32,
  starts: usize,
  columns: usize,
  count: i32,
  derivatives: usize,
  stride: i32,
  gradient: usize,
): void {
  const bytes = (<usize>width) << 3;
  const strideBytes = (<usize>stride) << 3;
  for (let j: usize = 0; j < bytes; j += 32) {
    for (let k: usize = 0; k < strideBytes; k += 32) {
      addGradientTile(dense + j, bytes, count, derivatives + k, strideBytes, gradient + (j >> 3) * strideBytes + k);
    }
  }
  let from = derivatives;
  let at = columns + ((<usize>load<u32>(starts)) << 2);
  for (let i: usize = 0; i < <usize>count; i++) {
    const end = columns + ((<usize>load<u32>(starts + (i << 2), 4)) << 2);
    for (; at < end; at += 4) addTo(gradient + <usize>load<u32>(at) * strideBytes, from, strideBytes);
    from += strideBytes;
  }
}

/** Sixteen sums of the gradient, of four columns with four margins, kept in registers over the rows. */
function addGradientTile(
  row: usize,
  bytes: usize,
  count: i32,
  derivatives: usize,
  strideBytes: usize,
  gradient: usize,
): void {
  const second = gradient + strideBytes;
  const third = second + strideBytes;
  const fourth = third + strideBytes;
  let low0 = v128.load(gradient);
  let high0 = v128.load(gradient, 16);
  let low1 = v128.load(second);
  let high1 = v128.load(second, 16);
  let low2 = v128.load(third);
  let high2 = v128.load(third, 16);
  let low3 = v128.load(fourth);
  let high3 = v128.load(fourth, 16);
  for (let i = 0; i < count; i++) {
    const low = v128.load(derivatives);
    const high = v128.load(derivatives, 16);
    let value = v128.load64_splat(row);
    low0 = f64x2.add(low0, f64x2.mul(low, value));
    high0 = f64x2.add(high0, f64x2.mul(high, value));
    value = v128.load64_splat(row, 8);
    low1 = f64x2.add(low1, f64x2.mul(low, value));
    high1 = f64x2.add(high1, f64x2.mul(high, value));
    value = v128.load64_splat(row, 16);
    low2 = f64x2.add(low2, f64x2.mul(low, value));
    high2 = f64x2.add(high2, f64x2.mul(high, value));
    value = v128.load64_splat(row, 24);
    low3 = f64x2.add(low3, f64x2.mul(low, value));
    high3 = f64x2.add(high3, f64x2.mul(high, value));
    row += bytes;
    derivatives += strideBytes;
  }
  v128.store(gradient, low0);
  v128.store(gradient, high0, 16);
  v128.store(second, low1);
  v128.store(second, high1, 16);
  v128.store(third, low2);
  v128.store(third, high2, 16);
  v128.store(fourth, low3);
  v128.store(fourth, high3, 16);
}
