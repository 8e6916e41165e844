import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import type { Fragments } from './fragments.ts';

/** An executable document needs far fewer: each step is at least one selected field. */
const MAX_STEPS = 50_000;

/** Recursive selections are endless; nothing else is so deep. */
const MAX_LEVELS = 200;

/**
 * A name that is selected more than `limit` times at one position of the response, where all of them are merged into one
 * field: directly, through fragments, or within fields that are merged themselves. Null if there is none. If the document is
 * too large to tell, the name at which the search stopped.
 */
export function findRepeatedField(document: DocumentNode, fragments: Fragments, limit: number): string | null {
  const search = new Search(fragments, limit);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    const found = search.find([definition.selectionSet]);
    if (found !== null) return found;
  }
  return null;
}

class Search {
  readonly #fragments: Fragments;
  readonly #limit: number;
  /** Selections that are alone in their position, and have been searched. */
  readonly #searched = new Set<SelectionSetNode>();
  #steps = 0;

  constructor(fragments: Fragments, limit: number) {
    this.#fragments = fragments;
    this.#limit = limit;
  }

  /** Searches everything that is selected at one position, recursively. */
  find(selectionSets: readonly SelectionSetNode[], level = 0): string | null {
    const [only] = selectionSets;
    if (selectionSets.length === 1 && only !== undefined) {
      if (this.#searched.has(only)) return null;
      this.#searched.add(only);
    }
    const fieldsByName = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    for (const selectionSet of selectionSets) this.#collect(selectionSet, fieldsByName, spread);
    for (const [name, fields] of fieldsByName) {
      if (fields.length > this.#limit || this.#steps > MAX_STEPS || level > MAX_LEVELS) return name;
      const within = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
      const found = within.length === 0 ? null : this.find(within, level + 1);
      if (found !== null) return found;
    }
    return null;
  }

  #collect({ selections }: SelectionSetNode, fieldsByName: Map<string, FieldNode[]>, spread: Set<string>): void {
    for (const selection of selections) {
      this.#steps += 1;
      if (selection.kind === Kind.INLINE_FRAGMENT) this.#collect(selection.selectionSet, fieldsByName, spread);
      else if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const fields = fieldsByName.get(name);
        if (fields === undefined) fieldsByName.set(name, [selection]);
        else fields.push(selection);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = this.#fragments.get(selection.name.value);
        if (fragment) this.#collect(fragment.selectionSet, fieldsByName, spread);
      }
    }
  }
}
