import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import type { Fragments } from './fragments.ts';

/** A document that could be executed is far below: each of these steps is a field that it selects, or more. */
const MAX_STEPS = 50_000;

/** What is within itself goes on for ever; nothing else is so deep. */
const MAX_LEVELS = 200;

/**
 * A name that a document selects more than `limit` times in one place of the answer, where all of them are merged into one
 * field: directly, through fragments, or within fields that are merged themselves. Null where there is none. Where so much is
 * selected that it cannot be said, it is the name at which the search was given up.
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
  /** Selections that stand alone in their place, which have been looked at. */
  readonly #searched = new Set<SelectionSetNode>();
  #steps = 0;

  constructor(fragments: Fragments, limit: number) {
    this.#fragments = fragments;
    this.#limit = limit;
  }

  /** Looks at all that is selected in one place, and within it. */
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
