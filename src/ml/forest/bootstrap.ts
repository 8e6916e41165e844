import type { TrainingWasm } from '../parallel/training-wasm.ts';
import type { Random } from '../random.ts';

/** A sample of the training rows, drawn with replacement: a row may be in it many times, or not at all. */
export interface Bootstrap {
  /** For each training row how often it was drawn. */
  readonly draws: Int32Array;
  /** The rows that were drawn, each once, ascending. */
  readonly rows: Int32Array;
  /** The rows that were not: "out of bag", ascending. */
  readonly others: Int32Array;
}

/** Where a sample is drawn, in wasm memory: room for all training rows, and for a generator's state. */
export interface BootstrapMemory {
  readonly draws: Int32Array;
  readonly rows: Int32Array;
  readonly spareRows: Int32Array;
  readonly randomState: Int32Array;
}

/** `rowCount`: of the training rows. */
export function prepareBootstrap(wasm: TrainingWasm, rowCount: number): BootstrapMemory {
  return {
    draws: wasm.integers(rowCount),
    rows: wasm.integers(rowCount),
    spareRows: wasm.integers(rowCount),
    randomState: wasm.integers(4),
  };
}

/**
 * Draws `size` training rows with replacement. The result lies in `memory`, except for the rows that were not drawn. Cost:
 * one random number per draw, about 3 ns.
 */
export function drawBootstrap(memory: BootstrapMemory, size: number, random: Random, wasm: TrainingWasm): Bootstrap {
  const { draws, rows, spareRows, randomState } = memory;
  const rowCount = draws.length;
  draws.fill(0);
  randomState.set(random.getState());
  wasm.functions.drawRows(wasm.addressOf(randomState), size, rowCount, wasm.addressOf(draws));
  const [a, b, c, d] = randomState;
  // It is four numbers long.
  random.setState([a!, b!, c!, d!]);
  const drawn = wasm.functions.listDrawn(
    wasm.addressOf(draws),
    rowCount,
    wasm.addressOf(rows),
    wasm.addressOf(spareRows),
  );
  return { draws, rows: rows.subarray(0, drawn), others: spareRows.slice(0, rowCount - drawn) };
}
