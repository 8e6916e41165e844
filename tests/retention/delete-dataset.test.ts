import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { datasetOf, deletionOf, removeDataset } from '../support/deletions.ts';
import { ENDLESS, endlessCsv } from '../support/endless.ts';
import { eventually } from '../support/eventually.ts';
import { expectError } from '../support/expect-error.ts';
import { endOfRun, startTraining, type TestDataset, train, uploadDataset } from '../support/operations.ts';
import { countedFiles, storedFiles } from '../support/stored-files.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(async () => {
  // Whatever the tests did, every stored file is counted and every counted file is stored.
  await eventually(async () => expect(await storedFiles(server)).toEqual(await countedFiles(server)));
  await server.close();
});

const WHOLE = `query ($id: ID!, $name: String) {
  dataset(id: $id) { id }
  datasets(filter: { name: $name }) { totalCount nodes { id } }
  trainingRuns(filter: { datasetName: $name }) { totalCount nodes { id } }
  artifacts(filter: { datasetName: $name }) { totalCount nodes { id } }
  metricsSummary(filter: { datasetName: $name }) { count }
  metricTrends(filter: { datasetName: $name }) { runId }
  viewer { workspace { usage { datasets datasetBytes artifacts artifactBytes runs } } }
}`;

const NOTHING = {
  dataset: null,
  datasets: { totalCount: 0, nodes: [] },
  trainingRuns: { totalCount: 0, nodes: [] },
  artifacts: { totalCount: 0, nodes: [] },
  metricsSummary: { count: 0 },
  metricTrends: [],
  viewer: {
    workspace: { usage: { datasets: 0, datasetBytes: 0, artifacts: 0, artifactBytes: 0, runs: 0 } },
  },
};

/** A dataset of its own name and bytes, with `runs` models of it. */
async function filledDataset(name: string, rows: number, runs: number): Promise<TestDataset & { runIds: string[] }> {
  const dataset = await uploadDataset(client, flowersCsv(rows), { name });
  const runIds: string[] = [];
  for (let run = 0; run < runs; run += 1) {
    const parameters = { maxDepth: run + 1 };
    runIds.push((await train(client, { datasetId: dataset.id, algorithm: 'DECISION_TREE', parameters })).id);
  }
  return { ...dataset, runIds };
}

describe('deleteDataset', () => {
  test('deleteDataset removes a dataset with its runs, models and files, and tells how many', async () => {
    const owner = await server.signUp();
    const { id } = await uploadDataset(owner, flowersCsv(70), { name: 'whole' });
    const runs = [
      await train(owner, { datasetId: id, algorithm: 'DECISION_TREE' }),
      await train(owner, { datasetId: id, algorithm: 'LINEAR' }),
    ];
    const urls = await owner.execute<{
      dataset: { downloadUrl: string };
      artifacts: { nodes: { modelUrl: string; sizeBytes: number }[] };
    }>('query ($id: ID!) { dataset(id: $id) { downloadUrl } artifacts { nodes { modelUrl sizeBytes } } }', { id });
    const [bytes] = await server.database.owner`select sum(size_bytes)::float8 as sum from blobs
      where workspace_id = (select workspace_id from datasets where id = ${id})`;
    expect(await removeDataset(owner, id)).toEqual({
      ...{ id, status: 'DELETED', restorableUntil: null, filesRemoved: 4, filesMissing: 0 },
      ...{ bytesReclaimed: bytes?.['sum'], runsDeleted: 2 },
    });
    expect(await owner.execute(WHOLE, { id, name: 'whole' })).toEqual(NOTHING);
    for (const url of [urls.dataset.downloadUrl, ...urls.artifacts.nodes.map(({ modelUrl }) => modelUrl)]) {
      expect((await fetch(url)).status).toBe(404);
    }
    for (const run of runs) {
      expect(await owner.execute('query ($id: ID!) { trainingRun(id: $id) { id } }', { id: run.id })).toEqual({
        trainingRun: null,
      });
      const { errors } = await owner.request('query ($ids: [ID!]!) { compareRuns(ids: $ids) { runs { id } } }', {
        ids: [run.id, run.id],
      });
      expect(errors).not.toEqual([]);
    }
    const left = await server.database.owner`
      select 'run' as kind from training_runs where dataset_id = ${id}
      union all select 'event' from training_events where run_id = any(${runs.map((run) => run.id)})
      union all select 'evaluation' from training_evaluations where run_id = any(${runs.map((run) => run.id)})
      union all select 'column' from dataset_columns where dataset_id = ${id}
      union all select 'file' from deletion_files where deletion_id = ${id}
      union all select 'job' from pgboss.job where name = 'remove-dataset'`;
    expect([...left]).toEqual([]);
    expect(await deletionOf(owner, id)).toMatchObject({ status: 'DELETED', filesRemoved: 4 });
  });

  test('a deleted version leaves the others of its name, and its number is never given again', async () => {
    const [first, second] = [
      await uploadDataset(client, flowersCsv(71), { name: 'versions' }),
      await uploadDataset(client, flowersCsv(72), { name: 'versions' }),
    ];
    await removeDataset(client, second.id);
    expect(await datasetOf(client, first.id)).toMatchObject({ version: 1, isLatest: true });
    const third = await uploadDataset(client, flowersCsv(72), { name: 'versions' });
    expect(third.version).toBe(3);
    const { dataset } = await client.execute<{ dataset: { versions: { totalCount: number; nodes: TestDataset[] } } }>(
      'query ($id: ID!) { dataset(id: $id) { versions { totalCount nodes { version } } } }',
      { id: first.id },
    );
    expect(dataset.versions).toEqual({ totalCount: 2, nodes: [{ version: 3 }, { version: 1 }] });
  });

  test('a file that another dataset has too stays when one of them is deleted', async () => {
    const [one, other] = [
      await uploadDataset(client, flowersCsv(73), { name: 'twin' }),
      await uploadDataset(client, flowersCsv(73), { name: 'other twin' }),
    ];
    expect(await removeDataset(client, one.id)).toMatchObject({
      ...{ status: 'DELETED', filesRemoved: 0, filesMissing: 0, bytesReclaimed: 0 },
    });
    const { dataset } = await client.execute<{ dataset: { downloadUrl: string } }>(
      'query ($id: ID!) { dataset(id: $id) { downloadUrl } }',
      { id: other.id },
    );
    expect((await fetch(dataset.downloadUrl)).status).toBe(200);
    expect(await removeDataset(client, other.id)).toMatchObject({ filesRemoved: 2 });
  });

  test('deleteDataset refuses while runs are active, with their ids, and changes nothing', async () => {
    const { id } = await uploadDataset(client, endlessCsv(), { name: 'busy' });
    const active = await startTraining(client, { datasetId: id, algorithm: 'GRADIENT_BOOSTING', parameters: ENDLESS });
    const { data, errors } = await client.request('mutation ($id: ID!) { deleteDataset(id: $id) { id } }', { id });
    expect(data).toEqual({ deleteDataset: null });
    expectError(errors, 'CONFLICT', { argument: 'activeRuns', runIds: [active], hint: expect.any(String) });
    expect(await datasetOf(client, id)).toMatchObject({ id });
    const { trainingRuns } = await client.execute<{ trainingRuns: { totalCount: number } }>(
      'query ($id: ID!) { trainingRuns(filter: { datasetId: $id }) { totalCount } }',
      { id },
    );
    expect(trainingRuns.totalCount).toBe(1);
    const following = endOfRun(client, active);
    expect(await removeDataset(client, id, { activeRuns: 'CANCEL' })).toMatchObject({
      ...{ status: 'DELETED', runsDeleted: 1 },
    });
    // Its followers are told of the end, or only that it is gone.
    expect(['CANCELLED', 'RUNNING', 'QUEUED']).toContain((await following).status);
  });

  test('deleteDataset with CANCEL cancels what waits in the queue, and the next run of the workspace is trained', async () => {
    const { id } = await uploadDataset(client, endlessCsv(), { name: 'queue' });
    const runs = [];
    for (let run = 0; run < 6; run += 1) {
      runs.push(await startTraining(client, { datasetId: id, algorithm: 'GRADIENT_BOOSTING', parameters: ENDLESS }));
    }
    expect(await removeDataset(client, id, { activeRuns: 'CANCEL' })).toMatchObject({ runsDeleted: 6 });
    const next = await uploadDataset(client, flowersCsv(76), { name: 'next' });
    await train(client, { datasetId: next.id, algorithm: 'BASELINE' });
  });

  test('of two deletions at once one deletes, and the other finds nothing', async () => {
    const { id } = await filledDataset('contended', 77, 2);
    const answers = await Promise.all(
      [1, 2].map(() => client.request('mutation ($id: ID!) { deleteDataset(id: $id) { status } }', { id })),
    );
    expect(answers.map(({ errors }) => errors[0]?.extensions.code ?? 'deleted').sort()).toEqual([
      'NOT_FOUND',
      'deleted',
    ]);
    await eventually(async () =>
      expect(await deletionOf(client, id)).toMatchObject({ status: 'DELETED', filesRemoved: 4, runsDeleted: 2 }),
    );
  });

  test('of a deletion and a start of a run at once either the run is not made, or it keeps the dataset', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await uploadDataset(client, flowersCsv(80 + round), { name: `raced ${round}` });
      const [started, deleted] = await Promise.all([
        client.request<{ startTraining: { id: string } }>(
          'mutation ($id: ID!) { startTraining(input: { datasetId: $id, algorithm: BASELINE }) { id } }',
          { id },
        ),
        client.request('mutation ($id: ID!) { deleteDataset(id: $id) { status } }', { id }),
      ]);
      const codes = [started, deleted].map(({ errors }) => errors[0]?.extensions.code ?? null);
      if (codes[0] === null && codes[1] === 'CONFLICT') {
        await endOfRun(client, started.data?.startTraining.id ?? '');
        await removeDataset(client, id);
      }
      // A run may have been made and ended before the deletion, which then takes it along.
      expect([
        ['NOT_FOUND', null],
        [null, 'CONFLICT'],
        [null, null],
      ]).toContainEqual(codes);
      const [row] = await server.database.owner`select count(*)::int from training_runs where dataset_id = ${id}`;
      expect(row).toEqual({ count: 0 });
    }
  });

  test('a deletion is finished by a job if the process that was asked has ended', async () => {
    const { owner } = server.database;
    const { id, runIds } = await filledDataset('left', 92, 2);
    // As that process has left it after the first transaction.
    await owner`update training_runs set deleted_at = now() where dataset_id = ${id}`;
    await owner`update artifacts set deleted_at = now() where run_id = any(${runIds})`;
    const [marked] = await owner`update datasets set deleted_at = now() where id = ${id} returning workspace_id`;
    const jobId = randomUUID();
    await owner`insert into dataset_deletions (id, workspace_id, status, requested_at, job_id)
      values (${id}, ${marked?.['workspace_id']}, 'DELETING', now(), ${jobId})`;
    expect(await deletionOf(client, id)).toMatchObject({ status: 'DELETING', filesRemoved: null, runsDeleted: null });
    const payload = { workspaceId: marked?.['workspace_id'] as string, datasetId: id };
    await owner`insert into pgboss.job (id, name, data) values (${jobId}, 'remove-dataset', ${owner.json(payload)})`;
    await eventually(async () =>
      expect(await deletionOf(client, id)).toMatchObject({ status: 'DELETED', filesRemoved: 4, runsDeleted: 2 }),
    );
  });

  test('a deletion frees the idempotency key: a retry of the upload is a new version', async () => {
    const input = { name: 'keyed', idempotencyKey: 'the key'.replace(' ', '-') };
    const first = await uploadDataset(client, flowersCsv(90), input);
    expect(await uploadDataset(client, flowersCsv(90), input)).toMatchObject({ id: first.id });
    const start = { datasetId: first.id, algorithm: 'BASELINE', idempotencyKey: 'run-key' };
    await train(client, start);
    await removeDataset(client, first.id);
    const { errors } = await client.request(
      'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id } }',
      { input: start },
    );
    expectError(errors, 'NOT_FOUND');
    const second = await uploadDataset(client, flowersCsv(90), input);
    expect(second).toMatchObject({ version: 2 });
    expect(second.id).not.toBe(first.id);
    await train(client, { ...start, datasetId: second.id });
  });

  test('a dataset of another tenant, or one that is not there, is NOT_FOUND for a deletion and a restoration', async () => {
    const { id } = await uploadDataset(client, flowersCsv(91), { name: 'mine' });
    const stranger = await server.signUp();
    for (const [caller, of] of [
      [stranger, id],
      [client, '00000000-0000-4000-8000-000000000000'],
      [client, 'nothing'],
    ] as const) {
      for (const field of ['deleteDataset', 'restoreDataset']) {
        const { data, errors } = await caller.request(`mutation ($id: ID!) { ${field}(id: $id) { id } }`, { id: of });
        expect({ data, errors }).toMatchObject({
          data: { [field]: null },
          errors: [{ extensions: { code: 'NOT_FOUND' } }],
        });
      }
    }
    await removeDataset(client, id);
    const { errors } = await stranger.request('query ($id: ID!) { datasetDeletion(id: $id) { id } }', { id });
    expectError(errors, 'NOT_FOUND');
  });
});
