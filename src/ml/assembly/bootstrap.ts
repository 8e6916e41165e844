// The rows of a forest's trees.

/**
 * Draws `size` times one of `rowCount` rows, each equally likely, and adds 1 to the row's i32 at `draws`: random numbers as
 * those of src/ml/random.ts, from the state of four i32 on, which is left as it is after the last one.
 */
export function drawRows(state: usize, size: i32, rowCount: i32, draws: usize): void {
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  for (let i = 0; i < size; i++) {
    const result = rotl<u32>(b * 5, 7) * 9;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotl<u32>(d, 11);
    const row = <usize>((<u64>result * <u64>rowCount) >> 32);
    store<i32>(draws + (row << 2), load<i32>(draws + (row << 2)) + 1);
  }
  store<u32>(state, a);
  store<u32>(state, b, 4);
  store<u32>(state, c, 8);
  store<u32>(state, d, 12);
}

/** Lists the rows that were drawn, i32, ascending, and the others; returns how many were. */
export function listDrawn(draws: usize, rowCount: i32, rows: usize, others: usize): i32 {
  let inside = rows;
  let outside = others;
  for (let row: usize = 0; row < <usize>rowCount; row++) {
    const isDrawn = <usize>(load<i32>(draws + (row << 2)) > 0);
    // Both are written and one counts: no branch that the processor could guess wrongly.
    store<u32>(inside, <u32>row);
    store<u32>(outside, <u32>row);
    inside += isDrawn << 2;
    outside += (1 - isDrawn) << 2;
  }
  return <i32>((inside - rows) >> 2);
}
