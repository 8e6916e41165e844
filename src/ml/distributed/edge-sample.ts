import type { TrainingWasm } from '../parallel/training-wasm.ts';
import type { Random, RandomState } from '../random.ts';
import {
  createEdgeRoom,
  createSample,
  type EdgeRoom,
  type EdgeSample,
  placeEdges,
  SAMPLE_ROWS,
} from '../tree/binning/bin-edges.ts';

/** Places the edges of features by samples of their numbers: the edges that binFeatures places of a table in memory. */
export class EdgePlacer {
  readonly #rowCount: number;
  readonly #maxBins: number;
  readonly #random: Random;
  readonly #wasm: TrainingWasm;
  readonly #sample: EdgeSample;
  readonly #room: EdgeRoom;

  /** `random`: as the fitting of a model begins with it; features are to be sampled in their order. */
  constructor(rowCount: number, maxBins: number, random: Random, wasm: TrainingWasm) {
    this.#rowCount = rowCount;
    this.#maxBins = maxBins;
    this.#random = random;
    this.#wasm = wasm;
    this.#sample = createSample(rowCount, wasm);
    this.#room = createEdgeRoom(rowCount, maxBins, wasm);
  }

  /** Draws which training rows the next feature is sampled by. */
  begin(): EdgeCollector {
    return new EdgeCollector(this.#rowCount, this.#random);
  }

  /** Takes the draws of the last sample back: its feature is left out. */
  undo({ before }: EdgeCollector): void {
    this.#random.setState(before);
  }

  /** The edges by a sample that is complete. */
  edgesOf(collector: EdgeCollector): Float64Array {
    this.#sample.numbers.set(collector.numbers);
    this.#sample.size[0] = collector.numbers.length;
    return placeEdges(this.#sample, this.#maxBins, this.#room, this.#wasm);
  }
}

/** Takes the numbers of a sample out of those of all training rows, which arrive in their order; see drawSample. */
export class EdgeCollector {
  readonly numbers: Float64Array;
  /** The state of the generator before it drew. */
  readonly before: RandomState;
  /** Ascending; null: all rows are of the sample. */
  readonly #positions: Float64Array | null;
  #seen = 0;
  #taken = 0;

  constructor(rowCount: number, random: Random) {
    this.before = random.getState();
    const size = Math.min(rowCount, SAMPLE_ROWS);
    this.numbers = new Float64Array(size);
    const stretch = rowCount / size;
    this.#positions =
      size === rowCount
        ? null
        : this.numbers.map((_, i) => Math.min(Math.floor((i + random.uniform()) * stretch), rowCount - 1));
  }

  /** The first `count` of the numbers are those of the next training rows. */
  add(numbers: Float64Array, count: number): void {
    const positions = this.#positions;
    if (positions === null) this.numbers.set(numbers.subarray(0, count), this.#seen);
    else {
      const end = this.#seen + count;
      while (this.#taken < positions.length && positions[this.#taken]! < end) {
        this.numbers[this.#taken] = numbers[positions[this.#taken]! - this.#seen]!;
        this.#taken++;
      }
    }
    this.#seen += count;
  }
}
