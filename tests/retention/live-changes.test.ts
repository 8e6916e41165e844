import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { removeDataset } from '../support/deletions.ts';
import { eventually } from '../support/eventually.ts';
import { train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let other: string;

beforeAll(async () => {
  server = await startTestServer({ RESTORE_WINDOW_DAYS: '1' });
  client = await server.signUp();
  other = (await uploadDataset(client, flowersCsv(59), { name: 'other' })).id;
});

afterAll(() => server.close());

/** Repeats an act that is announced until the stream has told of it: from then on it listens. */
async function untilItListens(stream: AsyncGenerator<unknown>, act: () => Promise<unknown>): Promise<void> {
  let hasHeard = false;
  void stream.next().then(() => {
    hasHeard = true;
  });
  await eventually(async () => {
    await act();
    expect(hasHeard).toBe(true);
  });
}

interface Change {
  readonly kind: string;
  readonly datasetId?: string;
  readonly runId?: string;
}

/** The next change of what has this id. */
async function changeOf(stream: AsyncGenerator<Record<string, Change>>, id: string): Promise<Change> {
  for (;;) {
    const { value } = await stream.next();
    const [change] = Object.values((value ?? {}) as Record<string, Change>);
    if (change === undefined) throw new Error('The stream has ended.');
    if (change.datasetId === id || change.runId === id) return change;
  }
}

const pin = (id: string, pinned: boolean) =>
  client.execute('mutation ($id: ID!, $pinned: Boolean!) { pinDataset(id: $id, pinned: $pinned) { id } }', {
    ...{ id, pinned },
  });

test('datasetChanges tells of an upload, a pin, a deletion and a restoration', async () => {
  const stream = client.subscribe<Record<string, Change>>(
    'subscription { datasetChanges { kind datasetId dataset { name pinned preview(rows: 1) { line } } } }',
  );
  let pinned = false;
  await untilItListens(stream, async () => {
    pinned = !pinned;
    await pin(other, pinned);
  });
  const { id } = await uploadDataset(client, flowersCsv(60), { name: 'followed' });
  const dataset = { name: 'followed', pinned: false, preview: [{ line: 2 }] };
  expect(await changeOf(stream, id)).toEqual({ kind: 'CREATED', datasetId: id, dataset });
  await pin(id, true);
  expect(await changeOf(stream, id)).toMatchObject({ kind: 'UPDATED', dataset: { pinned: true } });
  await client.execute('mutation ($id: ID!) { deleteDataset(id: $id) { status } }', { id });
  expect(await changeOf(stream, id)).toEqual({ kind: 'DELETED', datasetId: id, dataset: null });
  await client.execute('mutation ($id: ID!) { restoreDataset(id: $id) { id } }', { id });
  expect(await changeOf(stream, id)).toMatchObject({ kind: 'CREATED', dataset: { name: 'followed' } });
  await stream.return(undefined);
});

test('datasetChanges says nothing of other workspaces', async () => {
  const stranger = await server.signUp();
  const stream = client.subscribe<Record<string, Change>>('subscription { datasetChanges { kind datasetId } }');
  let pinned = false;
  await untilItListens(stream, async () => {
    pinned = !pinned;
    await pin(other, pinned);
  });
  const theirs = await uploadDataset(stranger, flowersCsv(), { name: 'not yours' });
  const { id } = await uploadDataset(client, flowersCsv(61), { name: 'mine' });
  const told: (string | undefined)[] = [];
  do {
    const { value } = await stream.next();
    told.push((value as Record<string, Change>)['datasetChanges']?.datasetId);
  } while (!told.includes(id));
  expect(told).not.toContain(theirs.id);
  await stream.return(undefined);
});

test('trainingRunChanges tells of runs that are deleted and restored, however long ago they ended', async () => {
  const { id } = await uploadDataset(client, flowersCsv(62), { name: 'with runs' });
  const run = await train(client, { datasetId: id, algorithm: 'BASELINE' });
  await server.database.owner`update training_runs set created_at = now() - interval '2 days',
    started_at = now() - interval '2 days', finished_at = now() - interval '2 days' where id = ${run.id}`;
  const stream = client.subscribe<Record<string, Change>>(
    'subscription ($id: ID) { trainingRunChanges(datasetId: $id) { kind runId run { id } } }',
    { id },
  );
  const everything = client.subscribe<Record<string, Change>>(
    'subscription { trainingRunChanges { kind runId run { id } } }',
  );
  const second = await train(client, { datasetId: id, algorithm: 'LINEAR' });
  let archived = false;
  const archive = async () => {
    archived = !archived;
    await client.execute(
      'mutation ($id: ID!, $archived: Boolean) { archiveTrainingRun(id: $id, archived: $archived) { id } }',
      {
        ...{ id: second.id, archived },
      },
    );
  };
  await untilItListens(stream, archive);
  await untilItListens(everything, archive);
  await client.execute('mutation ($id: ID!) { deleteDataset(id: $id) { status } }', { id });
  const deleted = { kind: 'DELETED', runId: run.id, run: null };
  expect(await changeOf(stream, run.id)).toEqual(deleted);
  expect(await changeOf(everything, run.id)).toEqual(deleted);
  await client.execute('mutation ($id: ID!) { restoreDataset(id: $id) { id } }', { id });
  const restored = { kind: 'CREATED', runId: run.id, run: { id: run.id } };
  expect(await changeOf(stream, run.id)).toEqual(restored);
  expect(await changeOf(everything, run.id)).toEqual(restored);
  await client.execute('mutation ($id: ID!) { deleteTrainingRun(id: $id) { id } }', { id: run.id });
  expect(await changeOf(stream, run.id)).toEqual(deleted);
  await removeDataset(client, id, { permanent: true });
  await Promise.all([stream.return(undefined), everything.return(undefined)]);
});
