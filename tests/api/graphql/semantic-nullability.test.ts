import { readFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { buildSchema, type GraphQLField, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNullOnlyWithError, requireValue } from '../../../src/api/graphql/semantic-nullability.ts';
import { SCALARS } from '../../../src/client/apollo/codegen.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const text = readFileSync('schema.graphql', 'utf8');
const schema = buildSchema(text);

const rootFields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
  Object.values(type?.getFields() ?? {}).map((field) => [`${type?.name}.${field.name}`, field] as const),
);

const isMarked = ({ astNode }: GraphQLField<unknown, unknown>) =>
  astNode?.directives?.some(({ name }) => name.value === 'semanticNonNull') ?? false;

describe('the schema says which root fields are null only with an error', () => {
  test('every root field is marked, but those that a request can find nothing with', () => {
    const unmarked = rootFields.filter(([, field]) => !isMarked(field)).map(([coordinate]) => coordinate);
    expect(unmarked.sort()).toEqual([
      'Mutation.setModelAlias',
      'Query.artifact',
      'Query.batchPrediction',
      'Query.dataset',
      'Query.node',
      'Query.trainingRun',
      'Query.uploadSession',
      'Query.viewer',
    ]);
    expect(rootFields.filter(([name, field]) => isMarked(field) !== isNullOnlyWithError(name))).toEqual([]);
  });

  test('no other field is marked: those that cannot be null are so for every client', () => {
    expect(text.match(/@semanticNonNull$/gm)).toHaveLength(rootFields.filter(([, field]) => isMarked(field)).length);
  });

  test('a code generator that is told so leaves null out of these fields, and of no other', async () => {
    const document = parse(
      'query Both($id: ID!) { trainingRuns { pageInfo { hasNextPage } } trainingRun(id: $id) { id } }',
    );
    const types = await codegen({
      filename: 'types.ts',
      schema: parse(text),
      documents: [{ location: 'both.graphql', document }],
      config: { scalars: { ...SCALARS, ID: 'string' }, nullability: { errorHandlingClient: true } },
      plugins: [{ 'typescript-operations': {} }],
      pluginMap: { 'typescript-operations': typescriptOperations },
    });
    expect(types).toMatch(/trainingRuns: \{[^|]*hasNextPage: boolean[^|]*\}[^|]*trainingRun: \{ id: string \} \| null/);
  });
});

describe('the server keeps to it', () => {
  let server: TestServer;
  let user: TestClient;

  beforeAll(async () => {
    server = await startTestServer({}, { worker: false });
    user = await server.signUp();
  });

  afterAll(() => server.close());

  test.each(['artifact', 'batchPrediction', 'dataset', 'node', 'trainingRun', 'uploadSession'])(
    'null without an error: %s, if there is nothing with the id',
    async (field) => {
      const query = `query ($id: ID!) { ${field}(id: $id) { id } }`;
      expect(await user.execute(query, { id: crypto.randomUUID() })).toEqual({ [field]: null });
    },
  );

  test('null of a field that is null only with an error is made an error', () => {
    expect(() => requireValue('Query.trainingRuns', null)).toThrow('Query.trainingRuns is null without an error.');
    expect(() => requireValue('Mutation.startTraining', undefined)).toThrow('Mutation.startTraining is null');
    expect(requireValue('Query.requestPasswordReset', false)).toBe(false);
    expect(requireValue('Query.trainingRun', null)).toBeNull();
    expect(requireValue('Subscription.trainingProgress', null)).toBeNull();
  });
});
