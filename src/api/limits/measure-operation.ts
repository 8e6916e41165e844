import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { costOf } from '../graphql/field-cost.ts';
import { type Fragments, fragmentsOf } from './fragments.ts';
import { type IntrospectionCost, type IntrospectionCounter, isIntrospection } from './introspection-cost.ts';
import { rootFieldsOf } from './root-fields.ts';

/** Arguments that say how many items of a list are wanted. */
export const PAGE_ARGUMENTS: readonly string[] = ['first', 'limit', 'rows', 'maxPoints'];

export type Variables = Readonly<Record<string, unknown>>;

/** How large an operation is, fragments counted wherever they are used. */
export interface OperationSize {
  readonly depth: number;
  /** How many values it may give, of the schema too. */
  readonly cost: number;
  /** Those of the schema; more than are allowed are not counted to their end. */
  readonly introspection: number;
  readonly rootFields: readonly FieldNode[];
}

/** Measures an operation that need not be valid. Takes time by the length of the document, and by what it asks of the schema. */
export function measureOperation(
  schema: GraphQLSchema,
  introspectionCost: IntrospectionCost,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): OperationSize {
  const given = { ...defaultsOf(operation), ...variables };
  const counter = introspectionCost.counterOf(document, given);
  const measurer = new Measurer(schema, fragmentsOf(document), given, counter);
  const root = schema.getRootType(operation.operation) ?? null;
  const { depth, cost, introspection } = measurer.measure(operation.selectionSet, root);
  return { depth, cost, introspection, rootFields: rootFieldsOf(document, operation) };
}

/** What the operation itself says of variables that are not given. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  const defaults = variableDefinitions.map(({ variable, defaultValue }) => {
    return [variable.name.value, defaultValue && valueFromASTUntyped(defaultValue)] as const;
  });
  return Object.fromEntries(defaults);
}

/** What a selection costs. */
interface Size {
  readonly depth: number;
  readonly cost: number;
  readonly introspection: number;
  /** What one item costs of a list within, whose length a field above it says. */
  readonly itemCost: number;
}

const NOTHING: Size = { depth: 0, cost: 0, introspection: 0, itemCost: 0 };

/** Measures selections of a document. Each fragment is measured once: their nesting can make a small text huge. */
class Measurer {
  readonly #schema: GraphQLSchema;
  readonly #fragments: Fragments;
  readonly #variables: Variables;
  readonly #introspection: IntrospectionCounter;
  readonly #measured = new Map<FragmentDefinitionNode, Size>();

  constructor(schema: GraphQLSchema, fragments: Fragments, variables: Variables, introspection: IntrospectionCounter) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#variables = variables;
    this.#introspection = introspection;
  }

  measure({ selections }: SelectionSetNode, type: GraphQLNamedType | null): Size {
    return selections
      .map((selection) => this.#measureSelection(selection, type))
      .reduce((sum, { depth, cost, introspection, itemCost }) => {
        return {
          depth: Math.max(sum.depth, depth),
          cost: Math.min(sum.cost + cost, Number.MAX_SAFE_INTEGER),
          introspection: Math.min(sum.introspection + introspection, Number.MAX_SAFE_INTEGER),
          itemCost: sum.itemCost + itemCost,
        };
      }, NOTHING);
  }

  #measureSelection(selection: SelectionSetNode['selections'][number], type: GraphQLNamedType | null): Size {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const { typeCondition } = selection;
      return this.measure(selection.selectionSet, typeCondition ? this.#typeOf(typeCondition.name.value) : type);
    }
    if (selection.kind === Kind.FRAGMENT_SPREAD)
      return this.#measureFragment(this.#fragments.get(selection.name.value));
    // What GraphiQL asks of the schema is deep; it is counted by itself.
    if (!isIntrospection(selection)) return this.#measureField(selection, type);
    const introspection = this.#introspection.count(selection);
    return { depth: 1, cost: introspection, introspection, itemCost: 0 };
  }

  #measureField(field: FieldNode, type: GraphQLNamedType | null): Size {
    const { selectionSet } = field;
    const definition = isObjectType(type) || isInterfaceType(type) ? type.getFields()[field.name.value] : undefined;
    const own = costOf(definition);
    const page = this.#pageOf(field, definition);
    if (!selectionSet) return { ...NOTHING, depth: 1, cost: own.weight ?? page };
    const within = this.measure(selectionSet, definition === undefined ? null : getNamedType(definition.type));
    const { cost, itemCost } = within;
    const size = { depth: within.depth + 1, introspection: within.introspection * page };
    // An item takes its place also where nothing is asked of it but its type.
    if (own.hasPageOfFieldAbove) return { ...size, cost: 1, itemCost: Math.max(1, cost) };
    const ofItem = Math.max(1, cost + itemCost) + (own.itemWeight ?? 0);
    const ofItems = own.isPageOfListWithin ? cost + page * itemCost : page * ofItem;
    return { ...size, cost: Math.min((own.weight ?? 1) + ofItems, Number.MAX_SAFE_INTEGER), itemCost: 0 };
  }

  #measureFragment(fragment: FragmentDefinitionNode | undefined): Size {
    if (fragment === undefined) return NOTHING;
    const known = this.#measured.get(fragment);
    if (known) return known;
    // A fragment within itself is refused by another rule; here it only must not go on for ever.
    this.#measured.set(fragment, NOTHING);
    const size = this.measure(fragment.selectionSet, this.#typeOf(fragment.typeCondition.name.value));
    this.#measured.set(fragment, size);
    return size;
  }

  #typeOf(name: string): GraphQLNamedType | null {
    return this.#schema.getType(name) ?? null;
  }

  /** How many items a field gives: as its argument says, or the argument's default, or its cost. */
  #pageOf(field: FieldNode, definition: GraphQLField<unknown, unknown> | undefined): number {
    const argument = field.arguments?.find((each) => PAGE_ARGUMENTS.includes(each.name.value))?.value;
    const given =
      argument?.kind === Kind.VARIABLE
        ? this.#variables[argument.name.value]
        : argument?.kind === Kind.INT
          ? Number(argument.value)
          : null;
    if (typeof given === 'number') return Math.max(1, given);
    const page: unknown = definition?.args.find((each) => PAGE_ARGUMENTS.includes(each.name))?.defaultValue;
    return typeof page === 'number' ? page : (costOf(definition).items ?? 1);
  }
}
