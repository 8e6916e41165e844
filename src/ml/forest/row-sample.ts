import type { TrainingWasm } from '../parallel/training-wasm.ts';
import type { Random } from '../random.ts';

/** BOOTSTRAP: with replacement, so that a row may be drawn many times. */
export type Sampling = 'BOOTSTRAP' | 'WITHOUT_REPETITION';

/** The training rows that a tree is grown on. */
export interface RowSample {
  /** For each training row how often it was drawn. */
  readonly draws: Int32Array;
  /** The rows that were drawn, each once, ascending. */
  readonly rows: Int32Array;
  /** The rows that were not: "out of bag", ascending. */
  readonly others: Int32Array;
}

/** Where a sample is drawn, in wasm memory: room for all training rows, and for a generator's state. */
export interface SampleMemory {
  readonly draws: Int32Array;
  readonly rows: Int32Array;
  readonly spareRows: Int32Array;
  readonly randomState: Int32Array;
}

/** `rowCount`: of the training rows. */
export function prepareSample(wasm: TrainingWasm, rowCount: number): SampleMemory {
  return {
    draws: wasm.integers(rowCount),
    rows: wasm.integers(rowCount),
    spareRows: wasm.integers(rowCount),
    randomState: wasm.integers(4),
  };
}

/**
 * Draws `size` training rows. The result lies in `memory`, except for the rows that were not drawn. Cost: one random number
 * per draw, about 3 ns; without repetition one per row, and none for all rows.
 */
export function drawSample(
  sampling: Sampling,
  memory: SampleMemory,
  size: number,
  random: Random,
  wasm: TrainingWasm,
): RowSample {
  const { draws, rows, spareRows } = memory;
  if (sampling === 'BOOTSTRAP') drawWithReplacement(memory, size, random, wasm);
  else drawOnce(draws, size, random);
  const rowCount = draws.length;
  const drawn = wasm.functions.listDrawn(
    wasm.addressOf(draws),
    rowCount,
    wasm.addressOf(rows),
    wasm.addressOf(spareRows),
  );
  return { draws, rows: rows.subarray(0, drawn), others: spareRows.slice(0, rowCount - drawn) };
}

function drawWithReplacement(
  { draws, randomState }: SampleMemory,
  size: number,
  random: Random,
  wasm: TrainingWasm,
): void {
  draws.fill(0);
  randomState.set(random.getState());
  wasm.functions.drawRows(wasm.addressOf(randomState), size, draws.length, wasm.addressOf(draws));
  const [a, b, c, d] = randomState;
  // It is four numbers long.
  random.setState([a!, b!, c!, d!]);
}

/** Selection sampling, as in src/ml/random.ts. */
function drawOnce(draws: Int32Array, size: number, random: Random): void {
  if (size >= draws.length) {
    draws.fill(1);
    return;
  }
  let left = size;
  for (let row = 0; row < draws.length; row++) {
    const isDrawn = random.below(draws.length - row) < left;
    draws[row] = isDrawn ? 1 : 0;
    if (isDrawn) left--;
  }
}
