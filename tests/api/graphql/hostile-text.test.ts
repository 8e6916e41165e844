import {
  buildClientSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getIntrospectionQuery,
  getNamedType,
  type IntrospectionQuery,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  isScalarType,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ERROR_CODES } from '../../../src/errors.ts';
import { startFlowerServer } from '../../support/flower-server.ts';
import type { TestClient } from '../../support/test-client.ts';
import type { TestServer } from '../../support/test-server.ts';

/** Texts that have brought down servers. */
const HOSTILE: readonly string[] = [
  '',
  'a\0b',
  'a\udfffb',
  "'; drop table users; --",
  '\\',
  '%$1',
  '{"a":1}',
  '1e999',
  '../../../etc/passwd',
  '\u202e\u0000\ufeff',
  '🙂'.repeat(300),
  'x'.repeat(20_000),
];

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  ({ server, client, datasetId } = await startFlowerServer());
});

afterAll(() => server.close());

/** A place in an operation that takes text: the value of the argument with `text` there. */
interface Place {
  readonly field: string;
  readonly path: string;
  readonly variables: (text: string) => Record<string, unknown>;
  readonly query: string;
}

/** A value of a type that nothing is wrong with, with no more in it than is needed. */
function fittingValue(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return fittingValue(type.ofType);
  if (isListType(type)) return [];
  if (!isInputObjectType(type)) return getNamedType(type).name === 'ID' ? datasetId : 'name@example.com';
  const needed = Object.values(type.getFields()).filter(isRequiredInputField);
  return Object.fromEntries(needed.map((field) => [field.name, fittingValue(field.type)]));
}

/** The same, with a text at a place in it. */
function valueWith(type: GraphQLInputType, [name, ...rest]: readonly string[], text: string): unknown {
  if (isNonNullType(type)) return valueWith(type.ofType, name === undefined ? [] : [name, ...rest], text);
  if (isListType(type)) return [valueWith(type.ofType, name === undefined ? [] : [name, ...rest], text)];
  if (name === undefined || !isInputObjectType(type)) return text;
  const field = type.getFields()[name];
  return { ...Object(fittingValue(type)), [name]: field && valueWith(field.type, rest, text) };
}

/** Every place below an argument or input field that takes text. */
function textPlaces(input: GraphQLArgument | GraphQLInputField): string[][] {
  const type = getNamedType(input.type);
  if (isScalarType(type)) return ['String', 'ID'].includes(type.name) ? [[]] : [];
  if (!isInputObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => textPlaces(field).map((rest) => [field.name, ...rest]));
}

function placesOf(root: GraphQLObjectType, operation: string): Place[] {
  return Object.values(root.getFields()).flatMap((field) =>
    field.args.flatMap((argument) =>
      textPlaces(argument).map((path): Place => {
        const used = [...new Set([argument, ...field.args.filter(isRequiredArgument)])];
        return {
          field: field.name,
          path: [argument.name, ...path].join('.'),
          query: `${operation} (${used.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')}) {
            ${field.name}(${used.map(({ name }) => `${name}: $${name}`).join(', ')})${isLeafType(getNamedType(field.type)) ? '' : ' { __typename }'} }`,
          variables: (text) =>
            Object.fromEntries(
              used.map((other) => [
                other.name,
                other === argument ? valueWith(other.type, path, text) : fittingValue(other.type),
              ]),
            ),
        };
      }),
    ),
  );
}

test('no text in any argument of any operation causes an internal error', async () => {
  const schema = buildClientSchema(await client.execute<IntrospectionQuery>(getIntrospectionQuery()));
  const roots: readonly [GraphQLObjectType | null | undefined, string][] = [
    [schema.getQueryType(), 'query'],
    [schema.getMutationType(), 'mutation'],
  ];
  const places = roots
    .flatMap(([root, operation]) => (root ? placesOf(root, operation) : []))
    // Uploads come as forms: tests/datasets/uploads/uploads.test.ts has their names.
    .filter(({ query }) => !query.includes('Upload!'));
  expect(places.map(({ field, path }) => `${field} ${path}`)).toEqual(
    expect.arrayContaining([
      'trainingRuns filter.datasetId',
      'startTraining input.split.column',
      'signIn input.password',
    ]),
  );
  for (const place of places) {
    for (const text of HOSTILE) {
      const { status, errors } = await client.request(place.query, place.variables(text));
      const where = `${place.field} ${place.path} ${JSON.stringify(text.slice(0, 30))}`;
      expect(status, where).toBeLessThan(500);
      for (const { message, extensions } of errors) {
        expect(Object.keys(ERROR_CODES), where).toContain(extensions.code);
        expect(extensions.code, where).not.toMatch(/INTERNAL|UNAVAILABLE|VALIDATION|PARSE/);
        expect(message, where).not.toMatch(/select |insert |Failed query|invalid input syntax|\bat .+:\d+:\d+/);
        expect(message.length, where).toBeLessThan(500);
      }
    }
  }
  expect(await client.execute('{ datasets { totalCount } }')).toEqual({ datasets: { totalCount: 1 } });
});

test('no text in the arguments of nested fields causes an internal error', async () => {
  for (const text of HOSTILE) {
    const { errors } = await client.request(
      'query ($id: ID!, $names: [String!]) { dataset(id: $id) { columns(names: $names) { name } } }',
      { id: datasetId, names: [text, 'kind'] },
    );
    const isText = !text.includes('\0') && text.isWellFormed();
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(isText ? [] : ['BAD_USER_INPUT']);
  }
});
