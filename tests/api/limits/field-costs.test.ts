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
import { costOf } from '../../../src/api/graphql/field-cost.ts';
import { ARGUMENT_LENGTHS } from '../../../src/api/limits/argument-bounds.ts';
import { PAGE_ARGUMENTS } from '../../../src/api/limits/measure-operation.ts';
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
  const argument = args.find(({ name }) => PAGE_ARGUMENTS.includes(name));
  // A list tells its own length, and has no default.
  return argument === undefined || isList(argument.type) ? (argument?.name ?? null) : (argument.defaultValue ?? null);
}

const LISTS = [...FIELDS].filter(([, { type }]) => isList(type));

test('every list field has a length, by its argument, its connection or its cost, or a weight', () => {
  const unknown = LISTS.filter(([name, field]) => {
    const { items, weight, hasPageOfFieldAbove } = costOf(field);
    const isKnown = items !== undefined || weight !== undefined || hasPageOfFieldAbove;
    return !isKnown && !/Connection\.(?:edges|nodes)$/.test(name) && pageOf(field) === null;
  });
  expect(unknown.map(([name]) => name)).toEqual([]);
});

test('every connection has a page argument with a default', () => {
  const connections = [...FIELDS].filter(([, { type }]) => getNamedType(type).name.endsWith('Connection'));
  expect(connections.length).toBeGreaterThan(0);
  for (const [name, field] of connections) expect([20, 50], name).toContain(pageOf(field));
});

test('a cost with a list length belongs to a list, or to a field that contains lists of that length', () => {
  const others = [...FIELDS].filter(([, field]) => costOf(field).items !== undefined && !isList(field.type));
  expect(others.map(([name]) => name)).toEqual(['Query.compareRuns']);
});

test('a field whose argument sets the length of a nested list has such a list', () => {
  const outer = [...FIELDS].filter(([, field]) => costOf(field).isPageOfListWithin);
  expect(outer.map(([name]) => name)).toEqual(['Query.metricsSummary', 'Query.predict']);
  for (const [, field] of outer) {
    expect(pageOf(field)).not.toBeNull();
    const within = [...FIELDS].filter(([name]) => name.startsWith(`${getNamedType(field.type).name}.`));
    expect(within.filter(([, { extensions }]) => costOf({ extensions }).hasPageOfFieldAbove)).toHaveLength(1);
  }
});

test('an operation may check a password, use a token or ask for a mail only once', () => {
  const once = [...FIELDS].filter(([, field]) => costOf(field).isOncePerOperation);
  expect(once.map(([name]) => name).sort()).toEqual([
    'Mutation.changePassword',
    'Mutation.deleteAccount',
    'Mutation.refreshSession',
    'Mutation.requestPasswordReset',
    'Mutation.resetPassword',
    'Mutation.signIn',
    'Mutation.signUp',
  ]);
});

test('every list in an argument or input has a maximum length, and the table names nothing else', () => {
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
