// Products of the rows of a linear model with weights, with derivatives, and with themselves.
//
// Rows are given by five numbers: `dense`, f64, `width` numbers a row, a multiple of 4, one row after the other;
// `starts`, i32, of which number i is where the columns of row i begin in `columns` and number i + 1 where they end;
// `columns`, i32, the columns that are 1 in a row, ascending; and `count`, how many rows.
// Weights of several margins lie side by side: margin k of column j is number j * stride + k, stride a multiple of 4.

/** margins, f64: for each row the sum of its columns' weights, f64. */
export function marginsOfRows(
  dense: usize,
  width: i32,
  starts: usize,
  columns: usize,
  count: i32,
  weights: usize,
  margins: usize,
): void {
  const bytes = (<usize>width) << 3;
  let row = dense;
  for (let i: usize = 0; i < <usize>count; i++) {
    let even = f64x2.splat(0);
    let odd = f64x2.splat(0);
    for (let at: usize = 0; at < bytes; at += 32) {
      even = f64x2.add(even, f64x2.mul(v128.load(row + at), v128.load(weights + at)));
      odd = f64x2.add(odd, f64x2.mul(v128.load(row + at, 16), v128.load(weights + at, 16)));
    }
    even = f64x2.add(even, odd);
    let sum = f64x2.extract_lane(even, 0) + f64x2.extract_lane(even, 1);
    const end = columns + ((<usize>load<u32>(starts + (i << 2), 4)) << 2);
    for (let at = columns + ((<usize>load<u32>(starts + (i << 2))) << 2); at < end; at += 4) {
      sum += load<f64>(weights + ((<usize>load<u32>(at)) << 3));
    }
    store<f64>(margins + (i << 3), sum);
    row += bytes;
  }
}

/** gradient, f64, += for each column the sum of the derivatives, f64, of the rows times what they have in it. */
export function addGradient(
  dense: usize,
  width: i32,
  starts: usize,
  columns: usize,
  count: i32,
  derivatives: usize,
  gradient: usize,
): void {
  const bytes = (<usize>width) << 3;
  const end = derivatives + ((<usize>count) << 3);
  for (let column: usize = 0; column < bytes; column += 32) {
    let low = v128.load(gradient + column);
    let high = v128.load(gradient + column, 16);
    let row = dense + column;
    for (let at = derivatives; at < end; at += 8) {
      const derivative = v128.load64_splat(at);
      low = f64x2.add(low, f64x2.mul(v128.load(row), derivative));
      high = f64x2.add(high, f64x2.mul(v128.load(row, 16), derivative));
      row += bytes;
    }
    v128.store(gradient + column, low);
    v128.store(gradient + column, high, 16);
  }
  let at = columns + ((<usize>load<u32>(starts)) << 2);
  for (let i: usize = 0; i < <usize>count; i++) {
    const derivative = load<f64>(derivatives + (i << 3));
    const last = columns + ((<usize>load<u32>(starts + (i << 2), 4)) << 2);
    for (; at < last; at += 4) {
      const sum = gradient + ((<usize>load<u32>(at)) << 3);
      store<f64>(sum, load<f64>(sum) + derivative);
    }
  }
}

/** Numbers of the rows that a tile of the sums below reads again and again: they stay in the processor's caches. */
const GRAM_TILE_VALUES: i32 = 1 << 14;
/** Fewer rows would spend their time on loading and storing sums. */
const MIN_GRAM_ROWS: i32 = 16;

/**
 * gram, f64, `size` numbers a row, += X' diag(curvatures) X: in its lower triangle, and for the dense columns in all of the
 * tiles of 4 * 4 numbers that the diagonal runs through.
 */
export function addGram(
  dense: usize,
  width: i32,
  starts: usize,
  columns: usize,
  count: i32,
  curvatures: usize,
  gram: usize,
  size: i32,
): void {
  const bytes = (<usize>width) << 3;
  const sizeBytes = (<usize>size) << 3;
  const maxRows = max(MIN_GRAM_ROWS, GRAM_TILE_VALUES / width);
  for (let first: i32 = 0; first < count; first += maxRows) {
    const rows = dense + <usize>first * bytes;
    const from = curvatures + ((<usize>first) << 3);
    const end = curvatures + ((<usize>min(count, first + maxRows)) << 3);
    for (let j: usize = 0; j < bytes; j += 32) {
      for (let other: usize = 0; other <= j; other += 32) {
        addTile(rows, bytes, j, other, from, end, gram + (j >> 3) * sizeBytes + other, sizeBytes);
      }
    }
  }
  let row = dense;
  let begin = columns + ((<usize>load<u32>(starts)) << 2);
  for (let i: usize = 0; i < <usize>count; i++) {
    const curvature = load<f64>(curvatures + (i << 3));
    const end = columns + ((<usize>load<u32>(starts + (i << 2), 4)) << 2);
    for (let at = begin; at < end; at += 4) addIndicator(row, bytes, begin, at, curvature, gram, sizeBytes);
    begin = end;
    row += bytes;
  }
}

/** Sixteen sums of the gram, of the four columns at `j` with the four at `other`, kept in registers over the rows. */
function addTile(
  rows: usize,
  bytes: usize,
  j: usize,
  other: usize,
  curvatures: usize,
  end: usize,
  gram: usize,
  sizeBytes: usize,
): void {
  const second = gram + sizeBytes;
  const third = second + sizeBytes;
  const fourth = third + sizeBytes;
  let low0 = v128.load(gram);
  let high0 = v128.load(gram, 16);
  let low1 = v128.load(second);
  let high1 = v128.load(second, 16);
  let low2 = v128.load(third);
  let high2 = v128.load(third, 16);
  let low3 = v128.load(fourth);
  let high3 = v128.load(fourth, 16);
  for (let at = curvatures; at < end; at += 8) {
    const curvature = v128.load64_splat(at);
    const low = f64x2.mul(v128.load(rows + other), curvature);
    const high = f64x2.mul(v128.load(rows + other, 16), curvature);
    let factor = v128.load64_splat(rows + j);
    low0 = f64x2.add(low0, f64x2.mul(low, factor));
    high0 = f64x2.add(high0, f64x2.mul(high, factor));
    factor = v128.load64_splat(rows + j, 8);
    low1 = f64x2.add(low1, f64x2.mul(low, factor));
    high1 = f64x2.add(high1, f64x2.mul(high, factor));
    factor = v128.load64_splat(rows + j, 16);
    low2 = f64x2.add(low2, f64x2.mul(low, factor));
    high2 = f64x2.add(high2, f64x2.mul(high, factor));
    factor = v128.load64_splat(rows + j, 24);
    low3 = f64x2.add(low3, f64x2.mul(low, factor));
    high3 = f64x2.add(high3, f64x2.mul(high, factor));
    rows += bytes;
  }
  v128.store(gram, low0);
  v128.store(gram, high0, 16);
  v128.store(second, low1);
  v128.store(second, high1, 16);
  v128.store(third, low2);
  v128.store(third, high2, 16);
  v128.store(fourth, low3);
  v128.store(fourth, high3, 16);
}

/** What a row adds to the gram's row of the column at `at`: with its dense columns, and with its columns up to that one. */
function addIndicator(
  row: usize,
  bytes: usize,
  begin: usize,
  at: usize,
  curvature: f64,
  gram: usize,
  sizeBytes: usize,
): void {
  const sums = gram + <usize>load<u32>(at) * sizeBytes;
  const factor = f64x2.splat(curvature);
  for (let column: usize = 0; column < bytes; column += 32) {
    const to = sums + column;
    v128.store(to, f64x2.add(v128.load(to), f64x2.mul(v128.load(row + column), factor)));
    v128.store(to, f64x2.add(v128.load(to, 16), f64x2.mul(v128.load(row + column, 16), factor)), 16);
  }
  for (let other = begin; other <= at; other += 4) {
    const sum = sums + ((<usize>load<u32>(other)) << 3);
    store<f64>(sum, load<f64>(sum) + curvature);
  }
}
