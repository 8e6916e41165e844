import DataLoader from 'dataloader';
import type { Viewer } from '../auth/viewer.ts';
import type { Caller, Context } from './context.ts';

/**
 * A look-up by id that gathers all ids that one request asks for at the same time into one call. Nothing is kept
 * between calls: a subscription asks again and again for what changes meanwhile.
 */
export class BatchedLookup<Value> {
  readonly #read: (viewer: Viewer, ids: readonly string[]) => Promise<(Value | null)[]>;
  readonly #loaders = new WeakMap<Caller, DataLoader<string, Value | null>>();

  /** `read` gives a value or null for each id, in their order. */
  constructor(read: (viewer: Viewer, ids: readonly string[]) => Promise<(Value | null)[]>) {
    this.#read = read;
  }

  load({ caller }: Context, id: string): Promise<Value | null> {
    const known = this.#loaders.get(caller);
    if (known) return known.load(id);
    const { viewer } = caller;
    const loader = new DataLoader<string, Value | null>((ids) => this.#read(viewer, ids), { cache: false });
    this.#loaders.set(caller, loader);
    return loader.load(id);
  }
}
