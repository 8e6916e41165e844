import type { PoolCoordinator } from '../../../platform/threads/pool-coordinator.ts';
import { divideFile } from '../../../tabular/parallel/file-blocks.ts';
import type { RecordFile } from '../../../tabular/records/open-records.ts';
import type { ChunkInput, ChunkPredictor, ChunkResult } from './chunk-predictor.ts';

/** About 3,000 rows of 20 columns: few enough to be held in numbers, and enough for the calls between threads not to count. */
const CHUNK_BYTES = 1 << 19;

/** Parts that each thread works on before all wait for the last of them: more take more memory, as they wait to be written. */
const CHUNKS_PER_THREAD = 4;

/** What the other threads are given, beside the input of each. */
export interface PoolChunkInput extends ChunkInput {
  readonly bounds: readonly number[];
}

/** Called with what comes of each part, in the order of the file, and with the share of the file that is done. */
export type TakeChunk = (result: ChunkResult, done: number) => void;

/** The bounds of the parts of a file that threads may predict at the same time. */
export function chunkBounds(file: RecordFile, chunkBytes = CHUNK_BYTES): readonly number[] {
  return divideFile(file.path, [file.start, file.end], file.syntax, file.columnCount, chunkBytes);
}

/** Runs the part of a number. */
export function predictChunk(predictor: ChunkPredictor, bounds: readonly number[], chunk: number): ChunkResult {
  return predictor.predict({ start: bounds[chunk]!, end: bounds[chunk + 1]! }, chunk === 0);
}

/**
 * Predicts all parts of a file by this thread and those of the pool, and hands the results over in order. A part that ends within
 * a record is predicted again together with the next one. Yields where the caller may end it.
 */
export function* predictInOrder(
  input: PoolChunkInput,
  own: ChunkPredictor,
  coordinator: PoolCoordinator,
  take: TakeChunk,
): Generator<void, void> {
  const { bounds } = input;
  const count = bounds.length - 1;
  coordinator.setUp(Array.from({ length: coordinator.size - 1 }, () => input));
  const order = new ChunkOrder(input, own, take);
  for (let first = 0; first < count; first += CHUNKS_PER_THREAD * coordinator.size) {
    const end = Math.min(count, first + CHUNKS_PER_THREAD * coordinator.size);
    const work = function* (chunk: number): Generator<number, ChunkResult> {
      yield 0;
      return predictChunk(own, bounds, chunk);
    };
    for (const message of coordinator.all(first, end, work)) {
      // Workers of this pool return such results.
      if (message.type === 'result') order.add(message.task, message.result as ChunkResult);
      yield;
    }
  }
}

/** Puts results into the order of the file. */
class ChunkOrder {
  readonly #bounds: readonly number[];
  readonly #own: ChunkPredictor;
  readonly #take: TakeChunk;
  readonly #waiting = new Map<number, ChunkResult>();
  #next = 0;

  constructor({ bounds }: PoolChunkInput, own: ChunkPredictor, take: TakeChunk) {
    this.#bounds = bounds;
    this.#own = own;
    this.#take = take;
  }

  add(chunk: number, result: ChunkResult): void {
    // It was predicted together with the one before it.
    if (chunk < this.#next) return;
    this.#waiting.set(chunk, result);
    for (let next = this.#waiting.get(this.#next); next !== undefined; next = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#finish(this.#next, next);
    }
  }

  #finish(chunk: number, first: ChunkResult): void {
    const last = this.#bounds.length - 1;
    const start = this.#bounds[chunk]!;
    let result = first;
    let end = chunk + 1;
    while (result.isUnfinished && end < last) {
      end++;
      result = this.#own.predict({ start, end: this.#bounds[end]! }, chunk === 0);
    }
    if (result.isUnfinished) throw new Error('The file ends within a record.');
    for (let merged = chunk + 1; merged < end; merged++) this.#waiting.delete(merged);
    this.#next = end;
    const [from, to] = [this.#bounds[0]!, this.#bounds[last]!];
    this.#take(result, (this.#bounds[end]! - from) / Math.max(1, to - from));
  }
}
