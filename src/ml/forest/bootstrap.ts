import type { Random } from '../random.ts';

/** A sample of the training rows, drawn with replacement: a row may be in it many times, or not at all. */
export interface Bootstrap {
  /** For each training row how often it was drawn. */
  readonly draws: Uint16Array;
  /** The rows that were drawn, each once, ascending. */
  readonly rows: Int32Array;
  /** The rows that were not: "out of bag", ascending. */
  readonly others: Int32Array;
}

/** Draws `size` times one of `rowCount` rows, each equally likely. Cost: one random number for each draw. */
export function drawBootstrap(rowCount: number, size: number, random: Random): Bootstrap {
  const draws = new Uint16Array(rowCount);
  for (let i = 0; i < size; i++) draws[Math.floor(random.uniform() * rowCount)]!++;
  const rows = new Int32Array(rowCount);
  const others = new Int32Array(rowCount);
  let inside = 0;
  for (let row = 0; row < rowCount; row++) {
    // Both are written and one counts: no branch that the processor could guess wrongly.
    rows[inside] = row;
    others[row - inside] = row;
    inside += draws[row]! > 0 ? 1 : 0;
  }
  return { draws, rows: rows.slice(0, inside), others: others.slice(0, rowCount - inside) };
}
