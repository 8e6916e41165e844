import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { type EndedRun, train, uploadDataset } from '../support/operations.ts';
import { countedFiles, storedFiles } from '../support/stored-files.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ MAX_MODEL_ARTIFACTS: '2', DATASET_TTL_DAYS: '10' });
});

afterAll(async () => {
  await eventually(async () => expect(await storedFiles(server)).toEqual(await countedFiles(server)));
  await server.close();
});

async function modelsOf(client: TestClient): Promise<string[]> {
  const { artifacts } = await client.execute<{ artifacts: { nodes: { runId: string }[] } }>(
    '{ artifacts { nodes { runId } } }',
  );
  return artifacts.nodes.map(({ runId }) => runId);
}

/** Gives a run the accuracy that a test wants. */
async function setAccuracy({ id }: EndedRun, accuracy: number): Promise<void> {
  await server.database
    .owner`update training_runs set metrics = jsonb_set(metrics, '{accuracy}', ${accuracy}::text::jsonb)
    where id = ${id}`;
}

test('the oldest unpinned models go, but not the best of a dataset’s name, target and task', async () => {
  const client = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const trainDepth = (maxDepth: number) =>
    train(client, { datasetId, algorithm: 'DECISION_TREE', parameters: { maxDepth } });
  const best = await trainDepth(1);
  await setAccuracy(best, 2);
  const pinned = await trainDepth(2);
  await client.execute('mutation ($id: ID!) { pinArtifact(id: $id, pinned: true) { id } }', {
    id: pinned.artifact?.id,
  });
  const [oldest, newer] = [await trainDepth(3), await trainDepth(4)];
  await eventually(async () => expect(await modelsOf(client)).toEqual([newer.id, pinned.id, best.id]));
  expect(
    await client.execute(
      'query ($id: ID!) { trainingRun(id: $id) { artifactRemovedAt metrics { nSamples } } }',
      oldest,
    ),
  ).toMatchObject({ trainingRun: { artifactRemovedAt: expect.any(String), metrics: {} } });
});

test('where all are protected the new model stays, and usage tells that it is beyond the limit', async () => {
  const client = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  // Each is the best of its target.
  const runs: EndedRun[] = [];
  for (const target of ['kind', 'soil', 'petal']) runs.push(await train(client, { datasetId, target }));
  const usage = async () => {
    const { viewer } = await client.execute<{
      viewer: { workspace: { usage: { artifacts: number; artifactsBeyondLimit: number } } };
    }>('{ viewer { workspace { usage { artifacts artifactsBeyondLimit } } } }');
    return viewer.workspace.usage;
  };
  expect(await modelsOf(client)).toEqual(runs.map(({ id }) => id).toReversed());
  expect(await usage()).toEqual({ artifacts: 3, artifactsBeyondLimit: 1 });
  // The next one of a target makes one of both superfluous, the older one where they are equally good.
  const next = await train(client, { datasetId, target: 'kind' });
  await eventually(async () => expect(await modelsOf(client)).not.toContain(runs[0]?.id));
  expect(await modelsOf(client)).toContain(next.id);
  expect(await usage()).toEqual({ artifacts: 3, artifactsBeyondLimit: 1 });
});
