type NumberArray = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** A typed array that numbers are appended to: an element takes its own bytes, and not those of a list's. */
export class GrowingArray<T extends NumberArray> {
  #array: T;
  #length = 0;

  /** `array`: an empty or spare array of the type; its elements do not count. */
  constructor(array: T) {
    this.#array = array;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#array.length) {
      const longer = newLike(this.#array, Math.max(1024, 2 * this.#length));
      longer.set(this.#array);
      this.#array = longer;
    }
    this.#array[this.#length++] = value;
  }

  /** The element at an index below `length`. */
  at(index: number): number {
    // By the contract above there is one.
    return this.#array[index]!;
  }

  set(index: number, value: number): void {
    this.#array[index] = value;
  }

  /** A copy of the elements. */
  toArray(): T {
    const copy = newLike(this.#array, this.#length);
    copy.set(this.#array.subarray(0, this.#length));
    return copy;
  }

  /** Empties it; the memory is kept. */
  clear(): void {
    this.#length = 0;
  }
}

function newLike<T extends NumberArray>(array: T, length: number): T {
  // The constructor of a T makes a T, which the library's types do not say.
  return new (array.constructor as new (size: number) => T)(length);
}
