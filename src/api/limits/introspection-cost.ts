import {
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  isObjectType,
  Kind,
  parse,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  valueFromASTUntyped,
} from 'graphql';
import { type Fragments, fragmentsOf } from './fragments.ts';

/** The introspection fields. */
const META_FIELDS = [SchemaMetaFieldDef, TypeMetaFieldDef];

/** Each operation may contain this many full introspections. */
const INTROSPECTIONS_PER_OPERATION = 3;

const EVERYTHING = getIntrospectionQuery({
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
});

export function isIntrospection({ name }: FieldNode): boolean {
  return META_FIELDS.some((meta) => meta.name === name.value);
}

/** Deeper than the introspection of any tool, about 20 levels; only recursive fragments go on. */
const MAX_LEVELS = 200;

/** The introspection limit of a schema. */
export class IntrospectionCost {
  readonly limit: number;
  readonly #schema: GraphQLSchema;

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    const everything = parse(EVERYTHING);
    const fields = everything.definitions.flatMap((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? node.selectionSet.selections : [],
    );
    const counter = new IntrospectionCounter(schema, everything, {}, Number.POSITIVE_INFINITY);
    const once = fields.map((field) => (field.kind === Kind.FIELD ? counter.count(field) : 0));
    this.limit = INTROSPECTIONS_PER_OPERATION * Math.max(...once);
  }

  counterOf(document: DocumentNode, variables: Readonly<Record<string, unknown>>): IntrospectionCounter {
    return new IntrospectionCounter(this.#schema, document, variables, this.limit);
  }
}

/**
 * Counts the exact number of values of introspection fields, by following their selections through the schema as the
 * execution would. Gives up above `limit`, so it takes time proportional to the count.
 */
export class IntrospectionCounter {
  readonly #info: GraphQLResolveInfo;
  readonly #fragments: Fragments;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #limit: number;
  #values = 0;

  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: Readonly<Record<string, unknown>>,
    limit: number,
  ) {
    // Resolvers of introspection fields use nothing else of the execution.
    this.#info = { schema } as GraphQLResolveInfo;
    this.#fragments = fragmentsOf(document);
    this.#variables = variables;
    this.#limit = limit;
  }

  /** The values of one more field; incomplete above the limit. */
  count(field: FieldNode): number {
    const before = this.#values;
    const meta = META_FIELDS.find(({ name }) => name === field.name.value);
    const name = field.arguments?.find((argument) => argument.name.value === 'name')?.value;
    const given = name && valueFromASTUntyped(name, this.#variables);
    const source: unknown = meta?.resolve?.(undefined, { name: String(given) }, undefined, this.#info);
    const type = meta && getNamedType(meta.type);
    this.#values += 1;
    if (field.selectionSet && isObjectType(type)) this.#countObject(field.selectionSet, type, source, 0, new Set());
    return this.#values - before;
  }

  #countObject(
    { selections }: SelectionSetNode,
    type: GraphQLObjectType,
    source: unknown,
    level: number,
    spread: Set<string>,
  ): void {
    if (source === null || source === undefined) return;
    if (level > MAX_LEVELS) this.#values += this.#limit;
    for (const selection of selections) {
      this.#values += 1;
      if (this.#values > this.#limit) return;
      if (selection.kind === Kind.FIELD) this.#countField(selection, type, source, level);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.#countObject(selection.selectionSet, type, source, level, spread);
      } else if (!spread.has(selection.name.value)) {
        // A repeated fragment adds no fields to an object.
        spread.add(selection.name.value);
        const fragment = this.#fragments.get(selection.name.value);
        if (fragment) this.#countObject(fragment.selectionSet, type, source, level, spread);
      }
    }
  }

  #countField({ name, selectionSet }: FieldNode, type: GraphQLObjectType, source: unknown, level: number): void {
    const field = type.getFields()[name.value];
    if (field === undefined) return;
    const value: unknown = field.resolve?.(source, { includeDeprecated: true }, undefined, this.#info);
    const items = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    const itemType = getNamedType(field.type);
    if (!selectionSet || !isObjectType(itemType)) this.#values += Math.max(0, items.length - 1);
    else for (const item of items) this.#countObject(selectionSet, itemType, item, level + 1, new Set());
  }
}
