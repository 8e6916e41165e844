// Bins of numbers: where they end, which numbers they hold, and the two forms in which a matrix of bins is kept.

/**
 * Places edges between bins of about equally many numbers: `distinct` ascending values, f64, and how often each occurs, f64
 * in `counts`. A value with a full bin's share gets a bin to itself; the others divide the bins that are left evenly. With no
 * more than `maxBins` values each gets a bin. Returns how many edges were written to `edges`, f64: maxBins - 1 at most.
 */
export function placeEdges(values: usize, counts: usize, distinct: i32, maxBins: i32, edges: usize): i32 {
  let total: f64 = 0;
  for (let i = 0; i < distinct; i++) total += countAt(counts, i);
  let heavyLeft = 0;
  let lightRowsLeft: f64 = 0;
  for (let i = 0; i < distinct; i++) {
    if (countAt(counts, i) * <f64>maxBins >= total) heavyLeft++;
    else lightRowsLeft += countAt(counts, i);
  }
  let placed = 0;
  let rowsInBin: f64 = 0;
  for (let i = 0; i + 1 < distinct && placed + 1 < maxBins; i++) {
    const isHeavy = countAt(counts, i) * <f64>maxBins >= total;
    rowsInBin += countAt(counts, i);
    // One bin at least is left for light values, however many heavy ones are to come.
    const share = lightRowsLeft / <f64>max(1, maxBins - placed - heavyLeft);
    const isFull = isHeavy || rowsInBin >= share || countAt(counts, i + 1) * <f64>maxBins >= total;
    if (!isFull && distinct > maxBins) continue;
    const at = values + ((<usize>i) << 3);
    store<f64>(edges + ((<usize>placed) << 3), midpoint(load<f64>(at), load<f64>(at, 8)));
    placed++;
    if (isHeavy) heavyLeft--;
    else lightRowsLeft -= rowsInBin;
    rowsInBin = 0;
  }
  return placed;
}

function countAt(counts: usize, i: i32): f64 {
  return load<f64>(counts + ((<usize>i) << 3));
}

/** A number m with a <= m < b, midway as far as doubles allow; a < b. */
function midpoint(a: f64, b: f64): f64 {
  const middle = a / 2 + b / 2;
  return middle >= a && middle < b ? middle : a;
}

/**
 * The bin of each of `count` numbers, f64: how many of the ascending edges are below it; edgeCount + 1 for NaN. One byte
 * each goes to `bins`.
 *
 * A grid of equal cells from the first edge on says how many edges lie below a cell, and from there it is a step or two: a
 * binary search would guess wrongly at every other of its eight comparisons. Rounding is monotone: a number in a later
 * cell than an edge's is above that edge.
 *
 * @param lowest for each of `cellCount` cells a bin, one byte, that no number of the cell lies below
 * @param first the first edge, where the first cell begins
 * @param scale cells for each unit
 */
export function findBins(
  numbers: usize,
  count: i32,
  edges: usize,
  edgeCount: i32,
  lowest: usize,
  cellCount: i32,
  first: f64,
  scale: f64,
  bins: usize,
): void {
  const lastCell = <f64>(cellCount - 1);
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f64>(numbers + (i << 3));
    let bin = edgeCount + 1;
    if (value == value) {
      const cell = <usize>min(max((value - first) * scale, 0), lastCell);
      bin = <i32>load<u8>(lowest + cell);
      while (bin < edgeCount && load<f64>(edges + ((<usize>bin) << 3)) < value) bin++;
    }
    store<u8>(bins + i, <u8>bin);
  }
}

/**
 * Writes the bins of up to eight features side by side: for each row of [start, end) one word of 8 bytes, the first feature
 * in its lowest.
 *
 * @param columns for each of the features where its bins are, i32; 0 for those that the last word lacks
 * @param words the first row's word
 * @param stride bytes from a row's word to the next row's
 */
export function packWords(columns: usize, start: i32, end: i32, words: usize, stride: i32): void {
  const a = <usize>load<u32>(columns);
  const b = <usize>load<u32>(columns, 4);
  const c = <usize>load<u32>(columns, 8);
  const d = <usize>load<u32>(columns, 12);
  const e = <usize>load<u32>(columns, 16);
  const f = <usize>load<u32>(columns, 20);
  const g = <usize>load<u32>(columns, 24);
  const h = <usize>load<u32>(columns, 28);
  for (let row = <usize>start; row < <usize>end; row++) {
    const low = byteAt(a, row) | (byteAt(b, row) << 8) | (byteAt(c, row) << 16) | (byteAt(d, row) << 24);
    const high = byteAt(e, row) | (byteAt(f, row) << 8) | (byteAt(g, row) << 16) | (byteAt(h, row) << 24);
    store<u64>(words + row * <usize>stride, low | (high << 32));
  }
}

function byteAt(column: usize, row: usize): u64 {
  return column == 0 ? 0 : <u64>load<u8>(column + row);
}
