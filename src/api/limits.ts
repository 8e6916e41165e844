import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';

/** Words and signs of a document: ten times the largest that a front end sends. */
export const MAX_TOKENS = 3_000;

/** Deeper than any screen asks: datasets, edges, node, columns, numeric, histogram, from. */
const MAX_DEPTH = 12;

/** Each root field costs a transaction at least, however small its answer. */
const MAX_ROOT_FIELDS = 20;

/** Values that an operation may ask for, at the most: the answer of a full page of runs has some 5,000. */
const MAX_COST = 100_000;

/** Arguments that say how many items of a list are wanted. */
const PAGE_ARGUMENTS = ['first', 'limit', 'rows', 'maxPoints'];

/**
 * How many items the lists have whose length no argument says: the argument's default, the most that there can be, or, where
 * only the file sets a bound, as many as are usual.
 */
const LENGTHS: Readonly<Record<string, number>> = {
  ...{ datasets: 20, versions: 20, trainingRuns: 20, artifacts: 20, columns: 200, events: 100, curve: 500 },
  ...{ features: 200, featureImportances: 50, topValues: 10, preview: 5, metricTrends: 50, metricsSummary: 50 },
  // Of a dataset.
  ...{ cells: 200, issues: 10, lines: 10, histogram: 20 },
  // Of a run, and of its evaluation.
  ...{ parameters: 15, warnings: 20, labels: 500, perClass: 500, residuals: 500, calibration: 10 },
  ...{ rocCurve: 200, precisionRecallCurve: 200 },
  // Of a comparison: runs, and metrics, are at most so many, and each metric has a value of each run.
  ...{ compareRuns: 20, values: 20 },
  // Of the algorithms, and of the runs of a period: 366 days with each status and algorithm are more than any workspace has.
  ...{ algorithms: 5, choices: 5, days: 5_000, byStatus: 5, byAlgorithm: 5 },
};

/**
 * Fields of which each is read, or made, from much, or is much in one: they cost so many values, whatever is selected of them.
 * A matrix has up to 250,000 counts, which are written faster than values of their own: three may stand in an operation. A
 * curve is thinned from all of its points, however few are asked for. The metrics of a comparison, which are some 20, are
 * tested together.
 */
const WEIGHTS: Readonly<Record<string, number>> = {
  ...{ evaluation: 100, counts: 25_000, curve: 500, modelCard: 200 },
  ...{ runStatistics: 5_000, significant: 250, latestChange: 5_000 },
};

/** Fields that are no list themselves: their argument says how long the list is that has this name within them. */
const LISTS_WITHIN: Readonly<Record<string, string>> = { metricsSummary: 'trends' };

/** Guessing passwords by the hundred in one request would pass every limit that counts requests. */
const ONCE_PER_OPERATION = ['signIn', 'signUp'];

type Variables = Readonly<Record<string, unknown>>;

/** What a selection costs: how deep it goes, and how many values it may give, fragments counted wherever they are used. */
interface Size {
  readonly depth: number;
  readonly cost: number;
  /** What one item costs of a list within, whose length a field above it says. */
  readonly itemCost: number;
}

const NOTHING: Size = { depth: 0, cost: 0, itemCost: 0 };

/**
 * What is too much about an operation, or null: many levels, many root fields, or far more values than any screen
 * shows, such as the same list a hundred times under other names. Takes time by the length of the document only.
 */
export function excessOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): GraphQLError | null {
  const measurer = new Measurer(document, { ...defaultsOf(operation), ...variables });
  const roots = measurer.rootFields(operation.selectionSet);
  const { depth, cost } = measurer.measure(operation.selectionSet);
  const repeated = ONCE_PER_OPERATION.find((name) => roots.filter((field) => field.name.value === name).length > 1);
  const excess =
    refusal('levels', depth, MAX_DEPTH) ??
    refusal('root fields', roots.length, MAX_ROOT_FIELDS) ??
    refusal('values', cost, MAX_COST) ??
    (repeated === undefined ? null : `${repeated} may stand in an operation once.`);
  return excess === null ? null : new GraphQLError(excess, { nodes: operation });
}

/** What the operation itself says of variables that are not given. */
function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  const defaults = variableDefinitions.map(({ variable, defaultValue }) => {
    return [variable.name.value, defaultValue && valueFromASTUntyped(defaultValue)] as const;
  });
  return Object.fromEntries(defaults);
}

function refusal(what: string, count: number, limit: number): string | null {
  return count <= limit
    ? null
    : `The operation asks for ${count} ${what}; at most ${limit} are allowed. Split it into several.`;
}

/** The root fields of an operation, fragments followed; those that ask of the schema itself left out. */
export function rootFieldsOf(document: DocumentNode, operation: OperationDefinitionNode): readonly FieldNode[] {
  return new Measurer(document, {}).rootFields(operation.selectionSet);
}

/** Measures selections of a document. Each fragment is measured once: their nesting can make a small text huge. */
class Measurer {
  readonly #variables: Variables;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #measured = new Map<FragmentDefinitionNode, Size>();

  constructor(document: DocumentNode, variables: Variables) {
    this.#variables = variables;
    const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((node) => [node.name.value, node]));
  }

  /** The fields of a selection itself; one more than are allowed are enough to know. */
  rootFields(
    { selections }: SelectionSetNode,
    found: FieldNode[] = [],
    seen = new Set<string>(),
  ): readonly FieldNode[] {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        if (!selection.name.value.startsWith('__')) found.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) this.rootFields(selection.selectionSet, found, seen);
      else if (!seen.has(selection.name.value)) {
        // The same fragment twice gives the same fields, which GraphQL merges into one.
        seen.add(selection.name.value);
        const fragment = this.#fragments.get(selection.name.value);
        if (fragment) this.rootFields(fragment.selectionSet, found, seen);
      }
    }
    return found;
  }

  measure({ selections }: SelectionSetNode): Size {
    return selections
      .map((selection) => this.#measureSelection(selection))
      .reduce((sum, { depth, cost, itemCost }) => {
        return { depth: Math.max(sum.depth, depth), cost: sum.cost + cost, itemCost: sum.itemCost + itemCost };
      }, NOTHING);
  }

  #measureSelection(selection: SelectionSetNode['selections'][number]): Size {
    if (selection.kind === Kind.INLINE_FRAGMENT) return this.measure(selection.selectionSet);
    if (selection.kind === Kind.FRAGMENT_SPREAD)
      return this.#measureFragment(this.#fragments.get(selection.name.value));
    // What GraphiQL asks of the schema is deep, and costs nothing.
    if (selection.name.value.startsWith('__')) return NOTHING;
    const name = selection.name.value;
    const page = this.#pageOf(selection);
    if (!selection.selectionSet) return { depth: 1, cost: WEIGHTS[name] ?? page, itemCost: 0 };
    const { depth, cost, itemCost } = this.measure(selection.selectionSet);
    // An item takes its place also where nothing is asked of it but its type.
    if (Object.values(LISTS_WITHIN).includes(name)) return { depth: depth + 1, cost: 1, itemCost: Math.max(1, cost) };
    const own = name in LISTS_WITHIN ? cost + page * itemCost : page * Math.max(1, cost + itemCost);
    return { depth: depth + 1, cost: (WEIGHTS[name] ?? 1) + own, itemCost: 0 };
  }

  #measureFragment(fragment: FragmentDefinitionNode | undefined): Size {
    if (fragment === undefined) return NOTHING;
    const known = this.#measured.get(fragment);
    if (known) return known;
    // A fragment within itself is refused by another rule; here it only must not go on for ever.
    this.#measured.set(fragment, NOTHING);
    const size = this.measure(fragment.selectionSet);
    this.#measured.set(fragment, size);
    return size;
  }

  /** How many items a field gives, as far as its arguments say it. */
  #pageOf(field: FieldNode): number {
    const argument = field.arguments?.find(({ name }) => PAGE_ARGUMENTS.includes(name.value))?.value;
    const given =
      argument?.kind === Kind.VARIABLE
        ? this.#variables[argument.name.value]
        : argument?.kind === Kind.INT
          ? Number(argument.value)
          : null;
    const count = typeof given === 'number' ? given : LENGTHS[field.name.value];
    return Math.max(1, count ?? 1);
  }
}
