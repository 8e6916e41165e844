import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** Deeper than any screen asks: viewer, memberships, workspace; or runs, edges, node, metrics, primary. */
const MAX_DEPTH = 12;

/** Each root field costs a transaction at least, however small its answer. */
const MAX_ROOT_FIELDS = 20;

/** The widest page query of this schema has less than 150 fields. */
const MAX_FIELDS = 500;

/** The size of a selection: how deep it goes, and how many fields it has, fragments counted wherever they are used. */
interface Size {
  readonly depth: number;
  readonly fields: number;
  readonly rootFields: number;
}

const NOTHING: Size = { depth: 0, fields: 0, rootFields: 0 };

/** Refuses operations that would cost much more than they weigh: very deep ones, and the same field a thousand times. */
export const operationLimits: ValidationRule = (context: ValidationContext) => ({
  Document(document: DocumentNode) {
    const measure = measurer(document);
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const { depth, fields, rootFields } = measure(definition.selectionSet);
      const excess =
        refusal('levels', depth, MAX_DEPTH) ??
        refusal('root fields', rootFields, MAX_ROOT_FIELDS) ??
        refusal('fields', fields, MAX_FIELDS);
      if (excess !== null) context.reportError(new GraphQLError(excess, { nodes: definition }));
    }
  },
});

function refusal(what: string, count: number, limit: number): string | null {
  return count <= limit
    ? null
    : `The operation has ${count} ${what}; at most ${limit} are allowed. Split it into several.`;
}

/** Measures selections of a document. Each fragment is measured once: their nesting can make a small text huge. */
function measurer(document: DocumentNode): (selectionSet: SelectionSetNode) => Size {
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );
  const measured = new Map<FragmentDefinitionNode, Size>();

  function measure({ selections }: SelectionSetNode): Size {
    return selections.map(measureSelection).reduce(
      (sum, size) => ({
        depth: Math.max(sum.depth, size.depth),
        fields: sum.fields + size.fields,
        rootFields: sum.rootFields + size.rootFields,
      }),
      NOTHING,
    );
  }

  function measureSelection(selection: SelectionSetNode['selections'][number]): Size {
    if (selection.kind === Kind.INLINE_FRAGMENT) return measure(selection.selectionSet);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return measureFragment(fragments.get(selection.name.value));
    // What GraphiQL asks of the schema is deep, and costs nothing.
    if (selection.name.value.startsWith('__')) return NOTHING;
    const { depth, fields } = selection.selectionSet ? measure(selection.selectionSet) : NOTHING;
    return { depth: depth + 1, fields: fields + 1, rootFields: 1 };
  }

  function measureFragment(fragment: FragmentDefinitionNode | undefined): Size {
    if (fragment === undefined) return NOTHING;
    const known = measured.get(fragment);
    if (known) return known;
    // A fragment within itself is refused by another rule; here it only must not go on for ever.
    measured.set(fragment, NOTHING);
    const size = measure(fragment.selectionSet);
    measured.set(fragment, size);
    return size;
  }

  return measure;
}
