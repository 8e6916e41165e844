import DataLoader from 'dataloader';
import type { Viewer } from '../../auth/viewer.ts';
import type { Caller, Context } from './context.ts';

/**
 * A DataLoader per request: combines all loads of the same tick into one call, without duplicates. A key is an id, or an object
 * of an id and the arguments of a field. Nothing is cached: a subscription reads again what has changed meanwhile.
 */
export class BatchLoader<Key, Value> {
  readonly #read: (viewer: Viewer, keys: readonly Key[]) => Promise<readonly Value[]>;
  readonly #loaders = new WeakMap<Caller, DataLoader<Key, Value>>();

  /** `read` returns one value per key, in order. */
  constructor(read: (viewer: Viewer, keys: readonly Key[]) => Promise<readonly Value[]>) {
    this.#read = read;
  }

  load({ caller }: Context, key: Key): Promise<Value> {
    const known = this.#loaders.get(caller);
    if (known) return known.load(key);
    const { viewer } = caller;
    const loader = new DataLoader<Key, Value>((keys) => this.#readEach(viewer, keys), { cache: false });
    this.#loaders.set(caller, loader);
    return loader.load(key);
  }

  async #readEach(viewer: Viewer, keys: readonly Key[]): Promise<Value[]> {
    const distinct = new Map(keys.map((key) => [JSON.stringify(key), key]));
    const values = await this.#read(viewer, [...distinct.values()]);
    if (values.length !== distinct.size) throw new Error('A batch read must return one value per key.');
    const ordinals = new Map([...distinct.keys()].map((text, ordinal) => [text, ordinal]));
    // Every key has an ordinal, and every ordinal a value.
    return keys.map((key) => values[ordinals.get(JSON.stringify(key)) ?? -1] as Value);
  }
}
