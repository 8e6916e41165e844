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
  let drawn = 0;
  for (let i = 0; i < size; i++) {
    const row = Math.floor(random.uniform() * rowCount);
    if (draws[row]!++ === 0) drawn++;
  }
  const rows = new Int32Array(drawn);
  const others = new Int32Array(rowCount - drawn);
  let inside = 0;
  let outside = 0;
  for (let row = 0; row < rowCount; row++) {
    if (draws[row]! > 0) rows[inside++] = row;
    else others[outside++] = row;
  }
  return { draws, rows, others };
}
