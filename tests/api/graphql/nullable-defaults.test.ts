import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  graphqlSync,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nullMeansDefault } from '../../../src/api/graphql/nullable-defaults.ts';
import { describeApiSchema } from '../../../src/processes/api-schema.ts';
import { makeUpOperation } from '../../repo/made-up-operation.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { train, UPLOAD, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { selectAll } from '../../support/widest-selection.ts';

type Input = GraphQLArgument | GraphQLInputField;
type Field = GraphQLField<unknown, unknown>;

const schema = describeApiSchema();
const ROOTS = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];

/** Every argument and every input field of the API that has a default, by its coordinates. */
const WITH_DEFAULT: ReadonlyMap<string, Input> = new Map(
  Object.values(schema.getTypeMap())
    .flatMap((type): [string, Input][] => {
      if (isIntrospectionType(type)) return [];
      if (isInputObjectType(type)) {
        return Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field]);
      }
      if (!isObjectType(type) && !isInterfaceType(type)) return [];
      return Object.values(type.getFields()).flatMap((field) =>
        field.args.map((argument): [string, Input] => [`${type.name}.${field.name}(${argument.name}:)`, argument]),
      );
    })
    .filter(([, { defaultValue }]) => defaultValue !== undefined),
);

/** Where a value of a type is found that has such fields. */
const PLACES: Readonly<Record<string, (inner: string) => string>> = {
  Dataset: (inner) => `dataset(id: $dataset) { ${inner} }`,
  Column: (inner) => `dataset(id: $dataset) { columns(limit: 3) { ${inner} } }`,
  TrainingRun: (inner) => `trainingRun(id: $run) { ${inner} }`,
  ModelInput: (inner) => `trainingRun(id: $run) { artifact { inputs { ${inner} } } }`,
  Prediction: (inner) => `predict(alias: "champion", rows: [{ petal: 3, soil: "wet" }]) { predictions { ${inner} } }`,
  ThresholdPoint: (inner) => `trainingRun(id: $run) { evaluation { thresholds { ${inner} } } }`,
  Workspace: (inner) => `viewer { workspace { ${inner} } }`,
};

let server: TestServer;
let client: TestClient;
let dataset: string;
let run: string;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  ({ id: dataset } = await uploadDataset(client, flowersCsv()));
  const trained = await train(client, { datasetId: dataset, algorithm: 'DECISION_TREE', parameters: { folds: 3 } });
  run = trained.id;
  await client.execute('mutation ($id: ID!) { setModelAlias(name: "champion", artifactId: $id) { name } }', {
    id: trained.artifact?.id,
  });
});

afterAll(() => server.close());

test('every argument and input field with a default may be null', () => {
  expect(WITH_DEFAULT.size).toBeGreaterThan(25);
  const required = [...WITH_DEFAULT].filter(([, { type }]) => isNonNullType(type)).map(([coordinate]) => coordinate);
  expect(required).toEqual([]);
});

/** A value of an input type in which everything that has a default is null, or left out. */
function inputOf(type: GraphQLInputType, withNulls: boolean): unknown {
  if (isNonNullType(type)) return inputOf(type.ofType, withNulls);
  if (isListType(type)) return [inputOf(type.ofType, withNulls)];
  if (!isInputObjectType(type)) return undefined;
  const entries = Object.values(type.getFields()).flatMap((field): [string, unknown][] => {
    if (field.defaultValue !== undefined && !isInputObjectType(field.type)) {
      return withNulls ? [[field.name, null]] : [];
    }
    const value = isInputObjectType(getNamedType(field.type)) ? inputOf(field.type, withNulls) : undefined;
    return value === undefined || isRequiredInputField(field) ? [] : [[field.name, value]];
  });
  return Object.fromEntries(entries);
}

describe('of the fields of queries and mutations', () => {
  const fields = ROOTS.slice(0, 2).flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ kind: type === ROOTS[0] ? 'query' : 'mutation', field })),
  );
  const withDefaults = fields.filter(({ field }) =>
    field.args.some(({ type, defaultValue }) => defaultValue !== undefined || hasDefaults(type)),
  );

  test.each(withDefaults.map(({ kind, field }) => [field.name, kind, field] as const))(
    'the field %s behaves with null arguments as without them, in variables and in the document',
    async (name, kind, field) => {
      const answers = [];
      for (const given of ['NOTHING', 'NULL_FIELDS', 'NULLS'] as const) {
        // Who signs out is nobody afterwards, and an address signs up once.
        const own = name === 'signOut' ? await server.signUp() : client;
        const { query, variables, takesFile } = makeUpOperation(kind, field);
        for (const { name: argument, type, defaultValue } of field.args) {
          if (defaultValue !== undefined && given === 'NOTHING') delete variables[argument];
          else if (defaultValue !== undefined && given === 'NULLS') variables[argument] = null;
          else if (hasDefaults(type)) {
            variables[argument] = {
              ...(variables[argument] as object | undefined),
              ...(inputOf(type, given !== 'NOTHING') as object),
            };
          } else if (defaultValue !== undefined) delete variables[argument];
        }
        const { data, errors } = takesFile
          ? await own.requestWithFile(query, flowersCsv(), variables)
          : await own.request(query, variables);
        answers.push({ data, errors: errors.map(({ message, extensions: { code } }) => ({ message, code })) });
      }
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
      expect(answers.flatMap(({ errors }) => errors).map(({ code }) => code)).not.toContain('INTERNAL_SERVER_ERROR');
    },
  );
});

function hasDefaults(type: GraphQLInputType): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return false;
  return Object.values(named.getFields()).some((field) => field.defaultValue !== undefined || hasDefaults(field.type));
}

describe('of the fields of what they give', () => {
  const fields = Object.values(schema.getTypeMap()).flatMap((type): (readonly [string, string, Field])[] => {
    if (!isObjectType(type) || ROOTS.includes(type) || isIntrospectionType(type)) return [];
    const own: Field[] = Object.values(type.getFields());
    return own
      .filter(({ args }) => args.some(({ defaultValue }) => defaultValue !== undefined))
      .map((field) => [type.name, field.name, field]);
  });

  test.each(fields.filter(([type]) => type !== 'DatasetReport'))(
    'the arguments of %s.%s behave with null as without them',
    async (type, name, field) => {
      const place = PLACES[type];
      if (place === undefined) throw new Error(`Say where a ${type} is found.`);
      const inner = inThreeWays(name, field);
      const { query, names } = inner;
      const variables = Object.fromEntries(names.map((each) => [each, null]));
      const document = `query ($dataset: ID!, $run: ID!, ${inner.declarations}) { ${place(query)}
      isThere: dataset(id: $dataset) { id } another: trainingRun(id: $run) { id } }`;
      const answer = await client.execute(document, { ...variables, dataset, run });
      expectAlike(answer);
    },
  );

  test.each(fields.filter(([type]) => type === 'DatasetReport'))(
    'the arguments of a report behave with null as without them: %s.%s',
    async (_type, name, field) => {
      const { query, declarations } = inThreeWays(name, field);
      const document = `mutation ($file: Upload!, ${declarations}) { inspectDataset(file: $file) { ${query} } }`;
      expectAlike(await client.executeWithFile(document, flowersCsv(), {}));
    },
  );
});

/** The same field without its arguments, with null for each in the document, and in variables. */
function inThreeWays(name: string, field: Field): { query: string; declarations: string; names: string[] } {
  const withDefault = field.args.filter(({ defaultValue }) => defaultValue !== undefined);
  if (field.args.some(isRequiredArgument)) throw new Error(`Give ${name} what it needs.`);
  const named = getNamedType(field.type);
  const selection = isObjectType(named)
    ? selectAll(schema, named, { levels: 3, nouns: 1, items: 3, without: ['downloadUrl', 'modelUrl', 'modelCard'] })
    : '';
  const nulls = withDefault.map((argument) => `${argument.name}: null`).join(', ');
  const variables = withDefault.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  return {
    query: `without: ${name}${selection} literal: ${name}(${nulls})${selection} variable: ${name}(${variables})${selection}`,
    declarations: withDefault.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', '),
    names: withDefault.map((argument) => argument.name),
  };
}

/** The first object within an answer that was asked in three ways. */
function placeOf(data: unknown): Record<string, unknown> | null {
  if (typeof data !== 'object' || data === null) return null;
  if ('without' in data) return { ...data };
  for (const part of Object.values(data)) {
    const found = placeOf(part);
    if (found !== null) return found;
  }
  return null;
}

function expectAlike(data: unknown): void {
  const { without, literal, variable } = placeOf(data) ?? {};
  expect(without).toBeDefined();
  expect(literal).toEqual(without);
  expect(variable).toEqual(without);
}

describe('of a subscription', () => {
  const EVENTS = 'subscription ($run: ID!, $after: Int) { trainingEvents(runId: $run, afterSeq: $after) { seq } }';

  async function events(variables: Record<string, unknown>): Promise<unknown[]> {
    const all: unknown[] = [];
    for await (const event of client.subscribe(EVENTS, variables)) all.push(event);
    return all;
  }

  test('trainingEvents with afterSeq null begins with the first event', async () => {
    const all = await events({ run });
    expect(all.length).toBeGreaterThan(1);
    expect(await events({ run, after: null })).toEqual(all);
    expect(await events({ run, after: 1 })).toEqual(all.slice(1));
  });
});

describe('means the very default', () => {
  test('null in a filter means the default, nested fields included', async () => {
    const query = 'query ($filter: TrainingRunFilter) { trainingRuns(filter: $filter) { totalCount } }';
    const count = async (filter: unknown) => {
      const { trainingRuns } = await client.execute<{ trainingRuns: { totalCount: number } }>(query, { filter });
      return trainingRuns.totalCount;
    };
    const put = 'mutation ($id: ID!, $archived: Boolean) { archiveTrainingRun(id: $id, archived: $archived) { id } }';
    const before = await count(null);
    await client.execute(put, { id: run, archived: null });
    // Put away: the default is true; and left out: the filter's is EXCLUDE.
    expect(await count(null)).toBe(before - 1);
    expect(await count({ archived: null })).toBe(before - 1);
    expect(await count({ archived: 'INCLUDE' })).toBe(before);
    await client.execute(put, { id: run, archived: false });
    expect(await count({})).toBe(before);
  });

  test('null in a split means the default, in variables and in the document', async () => {
    const split = 'split { strategy testFraction seed column }';
    const start = `mutation ($input: StartTrainingInput!) { startTraining(input: $input) { ${split} } }`;
    const nothing = { strategy: null, testFraction: null, seed: null, column: null };
    const expected = { startTraining: { split: { strategy: 'RANDOM', testFraction: 0.2, seed: 0, column: null } } };
    expect(await client.execute(start, { input: { datasetId: dataset, split: nothing } })).toEqual(expected);
    const literal = `mutation ($id: ID!) { startTraining(input: { datasetId: $id, target: null,
      split: { strategy: null, testFraction: null, seed: null } }) { ${split} } }`;
    expect(await client.execute(literal, { id: dataset })).toEqual(expected);
  });

  test('null in the options of an upload means the default', async () => {
    const input = { name: 'nulls', pinned: null, csv: null, idempotencyKey: null };
    const answer = await client.executeWithFile(UPLOAD, flowersCsv(), { input });
    expect(answer).toMatchObject({ uploadDataset: { dataset: { name: 'nulls', pinned: false } } });
  });

  test('null within lists and within default values means the default', () => {
    const made = buildSchema(`
      type Query { told(filter: Filter! = {}, all: [[Filter!]!], size: Int! = 3, kept: Int): String interface: Named }
      interface Named { name(length: Int! = 5): String }
      type Person implements Named { name(length: Int! = 5): String }
      input Filter { depth: Int! = 2, kept: Int, within: Filter, names: [String!]! = ["a"] }`);
    const told = made.getQueryType()?.getFields()['told'];
    if (told === undefined) throw new Error('The field is gone.');
    told.resolve = (_source, args) => JSON.stringify(args);
    nullMeansDefault(made);
    const ask = (source: string, variableValues = {}) => {
      const { data, errors } = graphqlSync({ schema: made, source, variableValues });
      expect(errors).toBeUndefined();
      return JSON.parse(String(data?.['told'])) as unknown;
    };
    const filter = { depth: 2, names: ['a'] };
    expect(ask('{ told }')).toEqual({ filter, size: 3 });
    expect(ask('{ told(filter: null, size: null, kept: null) }')).toEqual({ filter, size: 3, kept: null });
    expect(ask('{ told(filter: { depth: null, kept: null, within: { names: null } }, all: [[{}]], size: 0) }')).toEqual(
      {
        filter: { ...filter, kept: null, within: filter },
        all: [[filter]],
        size: 0,
      },
    );
    const query =
      'query ($filter: Filter, $size: Int, $all: [[Filter!]!]) { told(filter: $filter, size: $size, all: $all) }';
    expect(ask(query, { filter: null, size: null, all: null })).toEqual({ filter, size: 3, all: null });
    expect(ask(query, { filter: { within: { depth: 0 } } })).toEqual({
      filter: { ...filter, within: { ...filter, depth: 0 } },
      size: 3,
    });
  });
});
