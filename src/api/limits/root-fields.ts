import { type DocumentNode, type FieldNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { type Fragments, fragmentsOf } from './fragments.ts';

/** The root fields of an operation, including those in fragments, without introspection fields. */
export function rootFieldsOf(document: DocumentNode, operation: OperationDefinitionNode): readonly FieldNode[] {
  return collect(operation.selectionSet, fragmentsOf(document), [], new Set());
}

function collect(
  { selections }: SelectionSetNode,
  fragments: Fragments,
  found: FieldNode[],
  seen: Set<string>,
): readonly FieldNode[] {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      if (!selection.name.value.startsWith('__')) found.push(selection);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, fragments, found, seen);
    else if (!seen.has(selection.name.value)) {
      // A repeated fragment gives the same fields, which GraphQL merges into one.
      seen.add(selection.name.value);
      const fragment = fragments.get(selection.name.value);
      if (fragment) collect(fragment.selectionSet, fragments, found, seen);
    }
  }
  return found;
}
