import { LRUCache } from 'lru-cache';

/** How old a value may be when it is given, counted from the moment when its reading began. */
const MAX_AGE_MILLISECONDS = 500;

/** The age from which a value is read again while it is still given: whoever asks often never waits. */
const REFRESH_MILLISECONDS = 250;

/** Values of one kind that are remembered, of a few hundred bytes each. */
const MAX_VALUES = 10_000;

interface Recent<Value> {
  readonly value: Value;
  /** When its reading began, by performance.now(). */
  readonly since: number;
  isRefreshing: boolean;
}

/**
 * Values that may be half a second old, for requests that are so frequent that reading them anew each time would be most of the
 * work. The bound holds whatever happens elsewhere: it waits for no notification, and while the database is away nothing is given.
 */
export class RecentValues<Value> {
  readonly #isKept: (value: Value) => boolean;
  #values = new LRUCache<string, Recent<Value>>({ max: MAX_VALUES });

  /** `isKept`: which values are remembered. */
  constructor(isKept: (value: Value) => boolean) {
    this.#isKept = isKept;
  }

  /** The value of a key: a recent one, or as `read` gives it. Failures are not remembered. */
  async get(key: string, read: () => Promise<Value>): Promise<Value> {
    const known = this.#values.get(key);
    const age = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.since;
    if (known === undefined || age >= MAX_AGE_MILLISECONDS) return await this.#read(key, read);
    if (age >= REFRESH_MILLISECONDS && !known.isRefreshing) {
      known.isRefreshing = true;
      // Whoever asks once this value is too old reads by itself, and is told the error.
      this.#read(key, read).catch(() => undefined);
    }
    return known.value;
  }

  /** Forgets everything, and what is being read now as well. */
  forget(): void {
    this.#values = new LRUCache({ max: MAX_VALUES });
  }

  async #read(key: string, read: () => Promise<Value>): Promise<Value> {
    // What is forgotten meanwhile stays so: the value goes to where nobody looks any more.
    const values = this.#values;
    const since = performance.now();
    const value = await read();
    if (!this.#isKept(value)) values.delete(key);
    else if (since >= (values.peek(key)?.since ?? 0)) values.set(key, { value, since, isRefreshing: false });
    return value;
  }
}

/** All recent values of a process, which forgets them when it has changed anything itself: so nobody reads less than they wrote. */
export class RecentMemory {
  readonly #kinds: { forget(): void }[] = [];

  /** Values of another kind. */
  open<Value>(isKept: (value: Value) => boolean): RecentValues<Value> {
    const values = new RecentValues<Value>(isKept);
    this.#kinds.push(values);
    return values;
  }

  forget(): void {
    for (const kind of this.#kinds) kind.forget();
  }
}
