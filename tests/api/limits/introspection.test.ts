import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { TRANSPORTS } from '../../support/transports.ts';

const MISSPELT: readonly (readonly [string, string, object])[] = [
  ['a field', '{ helth { status } }', {}],
  ['a type', 'query ($a: TrainingRunFiltr) { trainingRuns(filter: $a) { totalCount } }', {}],
  ['an argument', '{ trainingRuns(frist: 1) { totalCount } }', {}],
  [
    'a field of a variable',
    'query ($f: TrainingRunFilter) { trainingRuns(filter: $f) { totalCount } }',
    { f: { statusses: [] } },
  ],
  [
    'a value of a variable',
    'query ($f: TrainingRunFilter) { trainingRuns(filter: $f) { totalCount } }',
    { f: { statuses: ['QUEUE'] } },
  ],
  ['a value of an enum', '{ trainingRuns(filter: { statuses: [QUEUE] }) { totalCount } }', {}],
];

describe.each(TRANSPORTS)('over $name', ({ send }) => {
  describe('while introspection is on, as it is by default', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer({}, { worker: false });
    });
    afterAll(() => server.close());

    test('a client reads the schema', async () => {
      const { data, errors } = await send(server.url, null, { query: getIntrospectionQuery() });
      expect({ data, errors }).toMatchObject({ data: { __schema: { queryType: { name: 'Query' } } }, errors: [] });
    });

    test.each(MISSPELT)(
      'a misspelt name of %s is answered with what may have been meant',
      async (_, query, variables) => {
        const { errors } = await send(server.url, null, { query, variables });
        expect(errors.map(({ message }) => message).join()).toContain('Did you mean');
      },
    );
  });

  describe('while introspection is off', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer({ INTROSPECTION: 'false' }, { worker: false });
    });
    afterAll(() => server.close());

    test.each([
      getIntrospectionQuery(),
      '{ __type(name: "Dataset") { name } }',
      '{ ...f } fragment f on Query { a: __schema { description } }',
    ])('a client is refused the schema: %s', async (query) => {
      const { data, errors } = await send(server.url, null, { query });
      expect({ data, errors }).toMatchObject({
        data: null,
        errors: expect.arrayContaining([
          expect.objectContaining({
            message: expect.stringContaining('introspection has been disabled'),
            extensions: expect.objectContaining({ code: 'GRAPHQL_VALIDATION_FAILED' }),
          }),
        ]),
      });
    });

    test('the name of a type may be selected', async () => {
      const { data, errors } = await send(server.url, null, { query: '{ __typename health { __typename } }' });
      expect({ data, errors }).toEqual({ data: { __typename: 'Query', health: { __typename: 'Health' } }, errors: [] });
    });

    test.each(MISSPELT)(
      'a misspelt name of %s is answered without a name of the schema',
      async (_, query, variables) => {
        const { errors } = await send(server.url, null, { query, variables });
        expect(errors).not.toEqual([]);
        for (const { message, extensions } of errors) {
          expect(JSON.stringify([message, extensions])).not.toMatch(/Did you mean|health|"statuses"|"QUEUED"/);
        }
      },
    );
  });
});
