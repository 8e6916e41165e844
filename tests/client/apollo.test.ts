import { readFileSync } from 'node:fs';
import { ApolloClient, gql, InMemoryCache, type TypedDocumentNode } from '@apollo/client';
import { buildSchema, getNamedType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCALARS } from '../../src/client/apollo/codegen.ts';
import { trainyardCacheConfig, trainyardLink } from '../../src/client/apollo/index.ts';
import { createTrainyard, fieldErrors, type Trainyard } from '../../src/client/core/index.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { startTraining, train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { failureOf } from './failure-of.ts';
import { withPage } from './render-hook.ts';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

let server: TestServer;
let user: TestClient;
let trainyard: Trainyard;
let apollo: ApolloClient;
let datasetId: string;

beforeAll(async () => {
  server = await startTestServer();
  user = await server.signUp();
  ({ id: datasetId } = await uploadDataset(user, flowersCsv()));
  trainyard = createTrainyard({ url: `${server.url}/graphql`, getToken: () => user.token });
  apollo = new ApolloClient({
    link: trainyardLink(trainyard),
    cache: new InMemoryCache(trainyardCacheConfig()),
  });
});

afterAll(async () => {
  apollo.stop();
  trainyard.dispose();
  await server.close();
});

withPage(() => server.url);

describe('the settings of the cache', () => {
  const { typePolicies = {} } = trainyardCacheConfig();

  test('every connection has a policy that merges its pages', () => {
    const connections = Object.values(schema.getTypeMap()).flatMap((type) => {
      if (!isObjectType(type) || type.name.startsWith('__')) return [];
      const fields = Object.values(type.getFields()).filter((field) =>
        getNamedType(field.type).name.endsWith('Connection'),
      );
      return fields.map((field) => [type.name, field.name] as const);
    });
    expect(connections.length).toBeGreaterThan(5);
    const merged = connections.filter(([type, field]) => {
      const policy = (typePolicies[type]?.fields as Record<string, unknown> | undefined)?.[field];
      return typeof policy === 'object' && policy !== null && 'merge' in policy && 'keyArgs' in policy;
    });
    expect(merged).toEqual(connections);
  });

  test('every type and field with a policy is in the schema', () => {
    for (const [name, { fields = {} }] of Object.entries(typePolicies)) {
      const type = schema.getType(name);
      expect(isObjectType(type), name).toBe(true);
      const known = isObjectType(type) ? Object.keys(type.getFields()) : [];
      expect(known).toEqual(expect.arrayContaining(Object.keys(fields)));
    }
  });

  test('the scalars of the code generator are those of the schema', () => {
    const own = Object.values(schema.getTypeMap()).filter(({ astNode }) => astNode?.kind === 'ScalarTypeDefinition');
    expect(Object.keys(SCALARS).sort()).toEqual(own.map(({ name }) => name).sort());
  });
});

describe('Apollo Client', () => {
  test('pages of a list are merged, one list for each filter, and fragments on interfaces are filled', async () => {
    for (let run = 0; run < 3; run += 1) await train(user, { datasetId, algorithm: 'BASELINE' });
    interface Runs {
      readonly trainingRuns: {
        readonly edges: readonly { readonly node: { readonly status: string; readonly metrics: object } }[];
        readonly pageInfo: { readonly endCursor: string };
      };
    }
    const query: TypedDocumentNode<Runs, { filter: object; after?: string }> = gql`
      query Runs($filter: TrainingRunFilter, $after: String) {
        trainingRuns(filter: $filter, first: 2, after: $after) {
          edges { cursor node { id ...Work metrics { ...Figures } } }
          pageInfo { hasNextPage endCursor }
        }
      }
      fragment Work on Job { status progress }
      fragment Figures on Metrics { nSamples primary { value } }
    `;
    const variables = { filter: { datasetId } };
    const watched = apollo.watchQuery({ query, variables });
    const subscription = watched.subscribe(() => {});
    const { data: first } = await apollo.query({ query, variables });
    expect(first?.trainingRuns.edges).toHaveLength(2);
    const after = first?.trainingRuns.pageInfo.endCursor ?? '';
    await watched.fetchMore({ variables: { after } });
    const all = apollo.readQuery({ query, variables })?.trainingRuns.edges ?? [];
    expect(all).toHaveLength(3);
    expect(all[0]?.node).toMatchObject({ status: 'SUCCEEDED', metrics: { primary: { value: expect.any(Number) } } });
    const none = await apollo.query({ query, variables: { filter: { task: 'REGRESSION' } } });
    expect(none.data?.trainingRuns.edges).toEqual([]);
    expect(apollo.readQuery({ query, variables })?.trainingRuns.edges).toHaveLength(3);
    subscription.unsubscribe();
  });

  test('a subscription goes over the socket of the client, and completes', async () => {
    const runId = await startTraining(user, { datasetId, algorithm: 'BASELINE' });
    const query: TypedDocumentNode<{ trainingProgress: { status: string } }, { runId: string }> =
      gql`subscription ($runId: ID!) { trainingProgress(runId: $runId) { id status progress } }`;
    const statuses: unknown[] = [];
    await new Promise<void>((complete, error) => {
      apollo.subscribe({ query, variables: { runId } }).subscribe({
        next: ({ data }) => statuses.push(data?.trainingProgress.status),
        complete,
        error,
      });
    });
    expect(statuses.at(-1)).toBe('SUCCEEDED');
  });

  test('a mutation with a file is sent as a form, and its errors are read by fieldErrors', async () => {
    const mutation: TypedDocumentNode<{ uploadDataset: object }, { file: File; input: object }> = gql`
      mutation ($file: Upload!, $input: UploadDatasetInput) {
        uploadDataset(file: $file, input: $input) { dataset { id name } report { accepted } }
      }
    `;
    const file = new File([String(flowersCsv().content)], 'flowers.csv');
    const phases: string[] = [];
    const context = { onProgress: ({ phase }: { phase: string }) => phases.push(phase) };
    const { data } = await apollo.mutate({
      mutation,
      variables: { file, input: { name: 'by Apollo' } },
      context,
    });
    expect(data?.uploadDataset).toMatchObject({ dataset: { name: 'by Apollo' }, report: { accepted: true } });
    expect(phases.at(-1)).toBe('READING');
    const failure = await failureOf(apollo.mutate({ mutation, variables: { file, input: { name: ' ' } } }));
    expect(Object.keys(fieldErrors(failure).byField)).toEqual(['name']);
  });

  test('signed addresses are given to whoever asks, and not kept in the cache', async () => {
    const query: TypedDocumentNode<{ dataset: { downloadUrl: string } }, { id: string }> =
      gql`query ($id: ID!) { dataset(id: $id) { id name downloadUrl } }`;
    const { data } = await apollo.query({ query, variables: { id: datasetId } });
    const url = data?.dataset.downloadUrl ?? '';
    expect(url).toMatch(/^http/);
    const mutation: TypedDocumentNode<{ createDownload: { url: string } }, { id: string }> =
      gql`mutation ($id: ID!) { createDownload(input: { datasetId: $id }) { url filename } }`;
    const created = await apollo.mutate({
      mutation,
      variables: { id: datasetId },
    });
    expect(created.data?.createDownload.url).toMatch(/^http/);
    const kept = JSON.stringify(apollo.cache.extract());
    expect(kept).toContain('flowers');
    expect(kept).not.toContain('/downloads/');
  });
});
