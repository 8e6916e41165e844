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
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';
import { costOf } from '../graphql/field-cost.ts';
import { type Fragments, fragmentsOf } from './fragments.ts';
import { type IntrospectionCost, type IntrospectionCounter, isIntrospection } from './introspection-cost.ts';
import { rootFieldsOf } from './root-fields.ts';

/** Arguments that set the length of a list. */
export const PAGE_ARGUMENTS: readonly string[] = ['first', 'limit', 'rows', 'maxPoints'];

export type Variables = Readonly<Record<string, unknown>>;

/** The size of an operation, with fragments counted at each use. */
export interface OperationSize {
  readonly depth: number;
  /** The number of values it may return, including introspection. */
  readonly cost: number;
  /** Introspection values; incomplete above the limit. */
  readonly introspection: number;
  readonly rootFields: readonly FieldNode[];
}

/**
 * Measures an operation, which need not be valid. Takes time proportional to the length of the document and to its
 * introspection.
 */
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

/** The default values of the operation's variables. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  const defaults = variableDefinitions.map(({ variable, defaultValue }) => {
    return [variable.name.value, defaultValue && valueFromASTUntyped(defaultValue)] as const;
  });
  return Object.fromEntries(defaults);
}

/** The size of a selection. */
interface Size {
  readonly depth: number;
  readonly cost: number;
  readonly introspection: number;
  /** The cost per item of a nested list whose length is set by a field above it. */
  readonly itemCost: number;
}

const NOTHING: Size = { depth: 0, cost: 0, introspection: 0, itemCost: 0 };

/** Measures selections of a document. Each fragment is measured once: nested fragments can expand a small text enormously. */
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
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      return this.#measureFragment(this.#fragments.get(selection.name.value));
    }
    // The introspection of GraphiQL is deep; it is counted separately.
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
    // An item counts even if only its type is selected.
    if (own.hasPageOfFieldAbove) return { ...size, cost: 1, itemCost: Math.max(1, cost) };
    const ofItem = Math.max(1, cost + itemCost) + (own.itemWeight ?? 0);
    const ofItems = own.isPageOfListWithin ? cost + page * itemCost : page * ofItem;
    return { ...size, cost: Math.min((own.weight ?? 1) + ofItems, Number.MAX_SAFE_INTEGER), itemCost: 0 };
  }

  #measureFragment(fragment: FragmentDefinitionNode | undefined): Size {
    if (fragment === undefined) return NOTHING;
    const known = this.#measured.get(fragment);
    if (known) return known;
    // Another rule refuses recursive fragments; here they must only terminate.
    this.#measured.set(fragment, NOTHING);
    const size = this.measure(fragment.selectionSet, this.#typeOf(fragment.typeCondition.name.value));
    this.#measured.set(fragment, size);
    return size;
  }

  #typeOf(name: string): GraphQLNamedType | null {
    return this.#schema.getType(name) ?? null;
  }

  /** The number of items of a field: from its argument, the argument's default, or its cost. */
  #pageOf(field: FieldNode, definition: GraphQLField<unknown, unknown> | undefined): number {
    const argument = field.arguments?.find((each) => PAGE_ARGUMENTS.includes(each.name.value))?.value;
    const given = argument && this.#lengthOf(argument);
    if (typeof given === 'number') return Math.max(1, given);
    const page: unknown = definition?.args.find((each) => PAGE_ARGUMENTS.includes(each.name))?.defaultValue;
    return typeof page === 'number' ? page : (costOf(definition).items ?? 1);
  }

  /** The number of items that an argument asks for: as a number, or one for each item of the list that it is. */
  #lengthOf(argument: ValueNode): unknown {
    if (argument.kind === Kind.INT) return Number(argument.value);
    if (argument.kind === Kind.LIST) return argument.values.length;
    const given = argument.kind === Kind.VARIABLE ? this.#variables[argument.name.value] : null;
    return Array.isArray(given) ? given.length : given;
  }
}
