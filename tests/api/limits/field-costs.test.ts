import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { expect, test } from 'vitest';
import { ARGUMENT_LENGTHS } from '../../../src/api/limits/argument-bounds.ts';
import {
  FIELD_WEIGHTS,
  ITEM_WEIGHTS,
  LIST_LENGTHS,
  LISTS_WITHIN,
  ONCE_PER_OPERATION,
  PAGE_ARGUMENTS,
} from '../../../src/api/limits/field-costs.ts';
import { describeApiSchema } from '../../../src/processes/api-schema.ts';

const schema = describeApiSchema();

/** Every field of the API's own types, by its coordinates. */
const FIELDS: ReadonlyMap<string, GraphQLField<unknown, unknown>> = new Map(
  Object.values(schema.getTypeMap()).flatMap((type) =>
    (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__')
      ? Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field] as const)
      : [],
  ),
);

function isList(type: GraphQLInputType | GraphQLOutputType): boolean {
  return isNonNullType(type) ? isList(type.ofType) : isListType(type);
}

/** The default of the argument that says how many items are wanted; null where there is none. */
function pageOf({ args }: GraphQLField<unknown, unknown>): unknown {
  return args.find(({ name }) => PAGE_ARGUMENTS.includes(name))?.defaultValue ?? null;
}

const LISTS = [...FIELDS].filter(([, { type }]) => isList(type));

test('every list has a length, of its argument, of its connection or of the table, or a weight', () => {
  const within = Object.values(LISTS_WITHIN);
  const unknown = LISTS.filter(
    ([name, field]) =>
      !(
        name in LIST_LENGTHS ||
        name in FIELD_WEIGHTS ||
        within.includes(name) ||
        /Connection\.(?:edges|nodes)$/.test(name)
      ) && pageOf(field) === null,
  );
  expect(unknown.map(([name]) => name)).toEqual([]);
});

test('every connection is asked for with an argument that has a default', () => {
  const connections = [...FIELDS].filter(([, { type }]) => getNamedType(type).name.endsWith('Connection'));
  expect(connections.length).toBeGreaterThan(0);
  for (const [name, field] of connections) expect(pageOf(field), name).toBe(20);
});

test('the tables name nothing that the schema does not have', () => {
  const named = [LIST_LENGTHS, FIELD_WEIGHTS, ITEM_WEIGHTS, LISTS_WITHIN].flatMap((table) => Object.keys(table));
  const roots = ONCE_PER_OPERATION.map((name) => `Mutation.${name}`);
  for (const name of [...named, ...Object.values(LISTS_WITHIN), ...roots]) expect([...FIELDS.keys()]).toContain(name);
});

test('a length of the table is of a list, or of a field that has lists of that length', () => {
  const lists = new Set(LISTS.map(([name]) => name));
  const others = Object.keys(LIST_LENGTHS).filter((name) => !lists.has(name));
  expect(others).toEqual(['Query.compareRuns']);
  for (const name of Object.keys(LISTS_WITHIN))
    expect(pageOf(FIELDS.get(name) as GraphQLField<unknown, unknown>)).not.toBeNull();
});

test('every list of an argument or of an input has a length, and the table names nothing else', () => {
  const ofArguments = [...FIELDS].flatMap(([name, { args }]) =>
    args.map((argument) => [`${name}(${argument.name}:)`, argument.type] as const),
  );
  const ofInputs = Object.values(schema.getTypeMap()).flatMap((type) =>
    isInputObjectType(type)
      ? Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field.type] as const)
      : [],
  );
  const lists = [...ofArguments, ...ofInputs].filter(([, type]) => isList(type)).map(([name]) => name);
  expect(lists.sort()).toEqual(Object.keys(ARGUMENT_LENGTHS).sort());
});
