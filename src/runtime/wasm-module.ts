/** What of WebAssembly is used here: its types come with those of browsers only. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    constructor(size: { readonly initial: number; readonly maximum: number; readonly shared: true });
    readonly buffer: SharedArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports: { readonly env: { readonly memory: Memory } });
    readonly exports: object;
  }
}

/** The memory of a wasm module: one that threads can share, and views of which stay valid when it grows. */
export type WasmMemory = WebAssembly.Memory;

/** A value that a compiled module exports. */
export interface WasmGlobal {
  readonly value: number;
}

/** What every module offers: src/runtime/assembly/arena.ts. Addresses are numbers, those from 2 GiB on negative ones. */
export interface ArenaFunctions {
  allocate(bytes: number): number;
  mark(): number;
  resetTo(mark: number): void;
}

/** 1 MiB, of which the module itself takes some kilobytes. */
const FIRST_PAGES = 16;
/** 4 GiB: all that 32 bits address. Pages take memory only once something is written there. */
const MAX_PAGES = 1 << 16;

export const MAX_WASM_BYTES = MAX_PAGES * 2 ** 16;

export function createWasmMemory(): WasmMemory {
  return new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MAX_PAGES, shared: true });
}

/** A module of hot loops, compiled to WebAssembly: some milliseconds, once for each thread, when it is first wanted. */
export class WasmModule<Functions extends ArenaFunctions> {
  readonly #read: () => Uint8Array;
  #module: WebAssembly.Module | null = null;

  /** `read` gives the module's bytes. */
  constructor(read: () => Uint8Array) {
    this.#read = read;
  }

  /** The module's functions, working in that memory. */
  bind(memory: WasmMemory): Functions {
    this.#module ??= new WebAssembly.Module(this.#read());
    // The functions are those that the type names: tests run each of them.
    return new WebAssembly.Instance(this.#module, { env: { memory } }).exports as Functions;
  }
}
