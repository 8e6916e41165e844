import { decodeBase64, HOST_IS_LITTLE_ENDIAN } from '../format/base64.ts';
import { TREE_MODULE } from './tree-module.ts';

/** What of WebAssembly is used here: its types come with those of browsers only. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module);
    readonly exports: object;
  }
}

/** The compiled src/runtime/assembly, which says what the arguments are. */
export interface TreeInstance {
  readonly memory: WebAssembly.Memory;
  /** Where the caller's data may begin. */
  readonly HEAP: { readonly value: number };
  addTrees(
    features: number,
    featureCount: number,
    trees: number,
    treeCount: number,
    bins: number,
    stride: number,
    marginOffset: number,
  ): void;
  walkTree(root: number, bins: number, featureCount: number, rowCount: number, vectors: number): void;
}

let instance: TreeInstance | null | undefined;

/**
 * One for each thread, when it is first wanted. Null where WebAssembly, or its vectors of 128 bits, are not there or not allowed (by a
 * page's Content-Security-Policy): trees are walked then, which says the same and takes longer.
 */
export function treeInstance(): TreeInstance | null {
  if (instance === undefined && HOST_IS_LITTLE_ENDIAN) instance = instantiate();
  return instance ?? null;
}

/** Undefined where there is no room for its memory now: that may be different the next time. */
function instantiate(): TreeInstance | null | undefined {
  const bytes = decodeBase64(TREE_MODULE);
  try {
    // The functions are those that the type names: tests run them.
    return new WebAssembly.Instance(new WebAssembly.Module(bytes!)).exports as TreeInstance;
  } catch (error) {
    return error instanceof RangeError ? undefined : null;
  }
}

/** Larger models are computed in JavaScript, with no second copy of them in memory. */
export const MAX_IMAGE_BYTES = 2 ** 25;

/** Data of a predictor in the instance's memory, of which there is one for all: whose turn it is writes its own there. */
export class TreeImage {
  readonly #instance: TreeInstance;
  readonly #pieces: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  #end: number;

  constructor(instance: TreeInstance) {
    this.#instance = instance;
    this.#end = instance.HEAP.value;
  }

  /** The size of the memory that the data needs, in bytes. */
  get end(): number {
    return this.#end;
  }

  /** Room for so many bytes, 0 at first. Returns its address. */
  reserve(bytes: number): number {
    const at = this.#end;
    this.#end = Math.ceil((at + bytes) / 16) * 16;
    return at;
  }

  /** Room for an array that does not change, which may be filled until the data is first written. Returns its address. */
  add(array: Uint32Array | Int32Array | Float64Array): number {
    const at = this.reserve(array.byteLength);
    this.#pieces.push({ at, bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength) });
    return at;
  }

  /** Writes the data unless it is there already. Returns the memory. */
  load(): ArrayBuffer {
    const { memory } = this.#instance;
    const missing = this.#end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
    if (loaded !== this.#pieces) {
      const bytes = new Uint8Array(memory.buffer);
      bytes.fill(0, this.#instance.HEAP.value, this.#end);
      for (const piece of this.#pieces) bytes.set(piece.bytes, piece.at);
      loaded = this.#pieces;
    }
    return memory.buffer;
  }
}

/** What is in the memory now. */
let loaded: readonly unknown[] | null = null;
