import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CsvWasm } from '../scan/csv-wasm.ts';

/** The code of ReadingMemoryError where it has gone from one thread to another. */
export const READING_MEMORY = 'ERR_READING_MEMORY';

/** A file needs more memory to be read than it may take; the message says what took it. */
class ReadingMemoryError extends Error {
  override readonly name = 'ReadingMemoryError';
  readonly code = READING_MEMORY;
}

/** Garbage that may wait until V8 collects it. */
const KEPT_BYTES = 1 << 25;

/** A dictionary of some million labels; less is kept for the next column. */
const LARGE_DICTIONARY_BYTES = 1 << 26;

/** What the file that this thread reads may take, and what the thread had before; null: it reads none, or none with a limit. */
let limit: { readonly bytes: number; readonly before: number } | null = null;

/** Does work that may take so much memory, as far as it calls `checkMemory`. */
export async function withMemoryLimit<T>(bytes: number, work: () => Promise<T>): Promise<T> {
  limit = { bytes, before: heldBytes() };
  try {
    return await work();
  } catch (error) {
    throw isOutOfMemory(error) ? new ReadingMemoryError('the values of the file') : error;
  } finally {
    CsvWasm.dropLarge();
    // What a large file took is given back at once, and is not taken for what the thread had before the next one.
    if (limit !== null && heldBytes() - limit.before > KEPT_BYTES) collectGarbage();
    limit = null;
  }
}

/**
 * To be called wherever what is kept of a file has grown. Counts the thread's heap with its arrays, and the memory of its
 * wasm modules, which are the values of the file but for a block and a column that each worker holds.
 *
 * @param what has grown, for the message
 * @throws ReadingMemoryError
 */
export function checkMemory(what: string): void {
  if (limit === null || heldBytes() - limit.before <= limit.bytes) return;
  // A part of it may be garbage: what remains after a collection counts.
  collectGarbage();
  if (heldBytes() - limit.before > limit.bytes) throw new ReadingMemoryError(what);
}

/**
 * To be called when the labels of a column have been copied out of their dictionary: the memory of a module cannot shrink, and
 * would stay as large beside all other columns.
 */
export function releaseDictionary(): void {
  // A collection is quick here, where nearly all that is held lies in arrays.
  if (CsvWasm.dropLarge(LARGE_DICTIONARY_BYTES)) collectGarbage();
}

/**
 * To be called between two steps of which each needs a large part of the memory: V8 does not hurry to give arrays back that nobody
 * uses any more.
 */
export function releaseArrays(): void {
  if (getHeapStatistics().external_memory > LARGE_DICTIONARY_BYTES) collectGarbage();
}

function heldBytes(): number {
  const { used_heap_size: heap, external_memory: arrays } = getHeapStatistics();
  return heap + arrays + CsvWasm.totalBytes;
}

let gc: (() => void) | null = null;

/** Takes up to half a second for a large heap, and happens once for a file that comes near its limit, or a few times. */
function collectGarbage(): void {
  if (gc === null) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as () => void;
  }
  gc();
}

/** The errors of arrays that cannot be allocated and wasm modules that cannot grow. */
function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    /Array buffer allocation failed|Invalid typed array length/.test(error.message) || error.name === 'RuntimeError'
  );
}
