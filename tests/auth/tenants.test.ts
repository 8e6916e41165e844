import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { predictBatch } from '../predictions/batch/batch-operations.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { type EndedRun, train, uploadDataset, workspaceIdOf } from '../support/operations.ts';
import { errorsOf, openSession } from '../support/raw-socket.ts';
import type { AnswerError, TestClient } from '../support/test-client.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

/** The id of nothing. */
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

const NOTHING_USED = {
  ...{ datasets: 0, datasetBytes: 0, artifacts: 0, artifactBytes: 0, runs: 0, queuedRuns: 0, runningRuns: 0 },
};

/** What the owner has: ids of each kind. */
interface Theirs {
  readonly dataset: string;
  readonly run: string;
  readonly artifact: string;
  readonly batch: string;
  readonly membership: string;
  readonly invitation: string;
  readonly key: string;
  readonly workspace: string;
}

/** An answer without what differs between any two requests. */
function shown(errors: readonly AnswerError[], id: string): unknown[] {
  return errors.map(({ message, path, extensions: { requestId: _, ...extensions } }) => ({
    message: message.replaceAll(id, 'ID'),
    path,
    ...extensions,
  }));
}

/** Every operation that takes an id, with the kind of id that it takes. */
const OPERATIONS: readonly [string, keyof Theirs, string][] = [
  [
    'dataset',
    'dataset',
    'query ($id: ID!) { dataset(id: $id) { id name downloadUrl columns { name } versions { totalCount } trainingRuns { totalCount } } }',
  ],
  [
    'trainingRun',
    'run',
    'query ($id: ID!) { trainingRun(id: $id) { id dataset { id } events { seq } artifact { id } } }',
  ],
  ['artifact', 'artifact', 'query ($id: ID!) { artifact(id: $id) { id modelUrl run { id } } }'],
  ['predict', 'artifact', 'query ($id: ID!) { predict(artifactId: $id, rows: [{}]) { task } }'],
  [
    'trainingRuns',
    'dataset',
    'query ($id: ID!) { trainingRuns(filter: { datasetId: $id }) { totalCount edges { node { id } } } }',
  ],
  ['startTraining', 'dataset', 'mutation ($id: ID!) { startTraining(input: { datasetId: $id }) { id } }'],
  [
    'startTraining with a wrong target',
    'dataset',
    'mutation ($id: ID!) { startTraining(input: { datasetId: $id, target: "x" }) { id } }',
  ],
  ['cancelTraining', 'run', 'mutation ($id: ID!) { cancelTraining(id: $id) { id } }'],
  ['stopTraining', 'run', 'mutation ($id: ID!) { stopTraining(id: $id) { id } }'],
  ['retryTraining', 'run', 'mutation ($id: ID!) { retryTraining(id: $id) { id } }'],
  ['updateTrainingRun', 'run', 'mutation ($id: ID!) { updateTrainingRun(input: { id: $id, name: "mine" }) { id } }'],
  ['archiveTrainingRun', 'run', 'mutation ($id: ID!) { archiveTrainingRun(id: $id) { id } }'],
  ['node', 'dataset', 'query ($id: ID!) { node(id: $id) { __typename id } }'],
  ['node', 'run', 'query ($id: ID!) { node(id: $id) { __typename id } }'],
  ['node', 'artifact', 'query ($id: ID!) { node(id: $id) { __typename id } }'],
  ['deleteArtifact', 'artifact', 'mutation ($id: ID!) { deleteArtifact(id: $id) { id } }'],
  ['pinArtifact', 'artifact', 'mutation ($id: ID!) { pinArtifact(id: $id, pinned: true) { id } }'],
  ['deleteTrainingRun', 'run', 'mutation ($id: ID!) { deleteTrainingRun(id: $id) { id } }'],
  ['pinDataset', 'dataset', 'mutation ($id: ID!) { pinDataset(id: $id, pinned: true) { id } }'],
  ['deleteDataset', 'dataset', 'mutation ($id: ID!) { deleteDataset(id: $id) { id } }'],
  ['restoreDataset', 'dataset', 'mutation ($id: ID!) { restoreDataset(id: $id) { id } }'],
  ['batchPrediction', 'batch', 'query ($id: ID!) { batchPrediction(id: $id) { id artifact { id } dataset { id } } }'],
  ['node', 'batch', 'query ($id: ID!) { node(id: $id) { __typename id } }'],
  [
    'startBatchPrediction',
    'artifact',
    'mutation ($id: ID!) { startBatchPrediction(input: { artifactId: $id, datasetId: $id }) { id } }',
  ],
  [
    'batchPredictions',
    'artifact',
    'query ($id: ID!) { batchPredictions(filter: { artifactId: $id }) { totalCount nodes { id } } }',
  ],
  ['cancelBatchPrediction', 'batch', 'mutation ($id: ID!) { cancelBatchPrediction(id: $id) { id } }'],
  ['deleteBatchPrediction', 'batch', 'mutation ($id: ID!) { deleteBatchPrediction(id: $id) { id } }'],
  [
    'createDownload of a batch prediction',
    'batch',
    'mutation ($id: ID!) { createDownload(input: { batchPredictionId: $id }) { url } }',
  ],
  ['setModelAlias', 'artifact', 'mutation ($id: ID!) { setModelAlias(name: "a", artifactId: $id) { name } }'],
  ['changeRole', 'membership', 'mutation ($id: ID!) { changeRole(membershipId: $id, role: READER) { id } }'],
  ['removeMember', 'membership', 'mutation ($id: ID!) { removeMember(membershipId: $id) { id } }'],
  ['deleteWorkspace', 'workspace', 'mutation ($id: ID!) { deleteWorkspace(id: $id) { id } }'],
  ['selectWorkspace', 'workspace', 'mutation ($id: ID!) { selectWorkspace(id: $id) { accessToken } }'],
  ['revokeApiKey', 'key', 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }'],
  ['revokeInvitation', 'invitation', 'mutation ($id: ID!) { revokeInvitation(id: $id) { id } }'],
  ['datasetDeletion', 'dataset', 'query ($id: ID!) { datasetDeletion(id: $id) { id } }'],
];

interface Argument {
  readonly type: { readonly name: string | null; readonly ofType: { readonly name: string | null } | null };
}

/**
 * What keeps tenants apart stands twice: each statement names the workspace, and the database shows a connection its rows
 * alone. The same attacks are tried against both, and against the statements without the database's help.
 */
describe.each([
  ['by both walls', {}],
  ['by the statements alone', { access: (database: TestDatabase) => database.withoutRowSecurity() }],
])('tenants are kept apart %s:', (_, options) => {
  let server: TestServer;
  let owner: TestClient;
  let stranger: TestClient;
  let theirs: Theirs;

  beforeAll(async () => {
    server = await startTestServer({}, options);
    [owner, stranger] = [await server.signUp(), await server.signUp()];
    const { id: dataset } = await uploadDataset(owner, flowersCsv());
    const run: EndedRun = await train(owner, { datasetId: dataset, algorithm: 'BASELINE' });
    const { id: batch } = await predictBatch(owner, { artifactId: run.artifact?.id, datasetId: dataset });
    const { viewer } = await owner.execute<{ viewer: { id: string } }>('{ viewer { id } }');
    const { inviteMember, createApiKey } = await owner.execute<{
      inviteMember: { id: string };
      createApiKey: { apiKey: { id: string } };
    }>(
      `mutation { inviteMember(input: { email: "invited@example.com" }) { id }
        createApiKey(input: { name: "key" }) { apiKey { id } } }`,
    );
    theirs = {
      ...{ dataset, run: run.id, artifact: run.artifact?.id ?? 'none', batch },
      ...{
        membership: viewer.id,
        invitation: inviteMember.id,
        key: createApiKey.apiKey.id,
        workspace: await workspaceIdOf(owner),
      },
    };
  });

  afterAll(() => server.close());

  test.each(OPERATIONS)('%s treats an id of another workspace like an unknown one', async (_, kind, query) => {
    const [foreign, unknown] = await Promise.all(
      [theirs[kind], UNKNOWN].map(async (id) => {
        const { status, data, errors } = await stranger.request(query, { id });
        return { status, data, errors: shown(errors, id) };
      }),
    );
    expect(foreign).toEqual(unknown);
  });

  test.each<[string, keyof Theirs, string]>([
    ['trainingProgress', 'run', 'subscription ($id: ID!) { trainingProgress(runId: $id) { id } }'],
    ['trainingEvents', 'run', 'subscription ($id: ID!) { trainingEvents(runId: $id) { seq } }'],
    ['batchPredictionProgress', 'batch', 'subscription ($id: ID!) { batchPredictionProgress(id: $id) { id } }'],
  ])('%s treats a job of another workspace like an unknown one', async (_, kind, query) => {
    const socket = await openSession(server.url, { authorization: `Bearer ${stranger.token}` });
    const ask = async (name: string, id: string) => {
      const errors = errorsOf(await socket.ask(name, { query, variables: { id } }));
      expect(await socket.next()).toEqual({ id: name, type: 'complete' });
      return shown(errors, id);
    };
    const foreign = await ask('1', theirs[kind]);
    expect(foreign).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(foreign).toEqual(await ask('2', UNKNOWN));
    socket.terminate();
  });

  test('every operation that takes an id is covered by these tests', async () => {
    const type = 'type { name ofType { name } }';
    const { __schema } = await owner.execute<{
      __schema: Record<string, { fields: { name: string; args: Argument[] }[] }>;
    }>(
      `{ __schema { ${['queryType', 'mutationType', 'subscriptionType']
        .map((root) => `${root} { fields { name args { name ${type} } } }`)
        .join(' ')} } }`,
    );
    const withId = Object.values(__schema)
      .flatMap(({ fields }) => fields)
      .filter(({ args }) => args.some((argument) => [argument.type.name, argument.type.ofType?.name].includes('ID')))
      .map(({ name }) => name);
    // Of foreign uploads: tests/datasets/upload-sessions/upload-sessions.test.ts.
    const uploads = ['uploadSession', 'completeUpload', 'abortUpload', 'uploadProgress'];
    const tried = [
      ...OPERATIONS.map(([name]) => name),
      'trainingProgress',
      'trainingEvents',
      ...uploads,
      'batchPredictionProgress',
    ];
    // What trainingRunChanges says of a foreign dataset: tests/training/live/followers.test.ts.
    expect(withId.filter((name) => !tried.includes(name))).toEqual(['trainingRunChanges']);
  });

  test('lists show only the own workspace', async () => {
    expect(
      await stranger.execute(`{ datasets { totalCount edges { node { id } } }
      trainingRuns { totalCount edges { node { id } } } artifacts { totalCount edges { node { id } } } }`),
    ).toEqual({
      datasets: { totalCount: 0, edges: [] },
      trainingRuns: { totalCount: 0, edges: [] },
      artifacts: { totalCount: 0, edges: [] },
    });
  });

  test('statistics and comparisons ignore the runs of other workspaces', async () => {
    const seen = await stranger.request(
      `query ($run: ID!, $unknown: ID!) { compareRuns(ids: [$run, $unknown]) { runs { id } } metricTrends { runId } metricsSummary { count }
        viewer { user { email } workspace { usage { datasets datasetBytes artifacts artifactBytes runs queuedRuns runningRuns } } } }`,
      { run: theirs.run, unknown: UNKNOWN },
    );
    expect(JSON.stringify(seen).replaceAll(theirs.run, '')).not.toContain(theirs.dataset);
    expect(seen).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
    expect(seen.data).toMatchObject({ compareRuns: null, metricTrends: [], metricsSummary: { count: 0 } });
    expect(seen.data).toMatchObject({ viewer: { workspace: { usage: NOTHING_USED } } });
  });

  test('a cursor of another workspace’s list discloses nothing', async () => {
    const { trainingRuns } = await owner.execute<{ trainingRuns: { edges: { cursor: string }[] } }>(
      '{ trainingRuns { edges { cursor } } }',
    );
    expect(
      await stranger.execute(
        'query ($after: String) { trainingRuns(after: $after) { totalCount edges { node { id } } } }',
        {
          after: trainingRuns.edges[0]?.cursor,
        },
      ),
    ).toEqual({ trainingRuns: { totalCount: 0, edges: [] } });
  });

  test('the attempts of the stranger have changed nothing', async () => {
    const { artifact } = await owner.execute<{ artifact: { modelUrl: string } }>(
      'query ($id: ID!) { artifact(id: $id) { modelUrl } }',
      { id: theirs.artifact },
    );
    expect((await fetch(artifact.modelUrl)).status).toBe(200);
    expect(await owner.execute('{ trainingRuns { totalCount } }')).toEqual({ trainingRuns: { totalCount: 1 } });
  });

  test('two workspaces that store the same bytes have separate files', async () => {
    const { id } = await uploadDataset(stranger, flowersCsv());
    const url = async (client: TestClient, dataset: string) => {
      const answer = await client.execute<{ dataset: { downloadUrl: string } }>(
        'query ($id: ID!) { dataset(id: $id) { downloadUrl } }',
        { id: dataset },
      );
      return answer.dataset.downloadUrl;
    };
    const [mine, other] = [await url(stranger, id), await url(owner, theirs.dataset)];
    expect(await (await fetch(mine)).text()).toBe(await (await fetch(other)).text());
    const rows = await server.database.owner`select workspace_id from blobs group by workspace_id`;
    expect(rows).toHaveLength(2);
  });
});
