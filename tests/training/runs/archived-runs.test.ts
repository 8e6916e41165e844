import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectError } from '../../support/expect-error.ts';
import { startFlowerServer } from '../../support/flower-server.ts';
import { startTraining } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import type { TestServer } from '../../support/test-server.ts';

const ARCHIVE = `mutation ($id: ID!, $archived: Boolean) { archiveTrainingRun(id: $id, archived: $archived) {
  id status archivedAt } }`;

interface ArchivedRun {
  readonly id: string;
  readonly status: string;
  readonly archivedAt: string | null;
}

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  // No worker: a run ends when it is cancelled.
  ({ server, client, datasetId } = await startFlowerServer());
});

afterAll(() => server.close());

const queue = () => startTraining(client, { datasetId, algorithm: 'BASELINE' });

async function endedRun(): Promise<string> {
  const id = await queue();
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
  return id;
}

async function archive(id: string, archived?: boolean): Promise<ArchivedRun> {
  const variables = archived === undefined ? { id } : { id, archived };
  return (await client.execute<{ archiveTrainingRun: ArchivedRun }>(ARCHIVE, variables)).archiveTrainingRun;
}

/** The runs of the list, and its count, for a filter; null: the filter is left out. */
async function list(archived: 'EXCLUDE' | 'ONLY' | 'INCLUDE' | null): Promise<{ ids: string[]; totalCount: number }> {
  const filter = archived === null ? '' : `filter: { archived: ${archived} }, `;
  const { trainingRuns } = await client.execute<{
    trainingRuns: { totalCount: number; edges: { node: { id: string } }[] };
  }>(`{ trainingRuns(${filter}first: 100) { totalCount edges { node { id } } } }`);
  return { ids: trainingRuns.edges.map(({ node }) => node.id), totalCount: trainingRuns.totalCount };
}

async function runsOfDataset(): Promise<{ ids: string[]; totalCount: number }> {
  const { dataset } = await client.execute<{
    dataset: { trainingRuns: { totalCount: number; edges: { node: { id: string } }[] } };
  }>('query ($id: ID!) { dataset(id: $id) { trainingRuns(first: 100) { totalCount edges { node { id } } } } }', {
    id: datasetId,
  });
  const { edges, totalCount } = dataset.trainingRuns;
  return { ids: edges.map(({ node }) => node.id), totalCount };
}

test('an archived run is left out of lists unless requested, and can be restored', async () => {
  const [kept, away] = [await endedRun(), await endedRun()];
  const before = await list(null);
  expect(await archive(away)).toMatchObject({ id: away, status: 'CANCELLED', archivedAt: expect.any(String) });
  const without = { ids: before.ids.filter((id) => id !== away), totalCount: before.totalCount - 1 };
  expect(await list(null)).toEqual(without);
  expect(await list('EXCLUDE')).toEqual(without);
  expect(await list('INCLUDE')).toEqual(before);
  expect(await list('ONLY')).toEqual({ ids: [away], totalCount: 1 });
  expect(await runsOfDataset()).toEqual(without);
  expect(without.ids).toContain(kept);
  expect(await archive(away, false)).toMatchObject({ archivedAt: null });
  expect(await list(null)).toEqual(before);
  expect(await runsOfDataset()).toEqual(before);
});

test('archiving again keeps the first timestamp, and leaves the ended run unchanged', async () => {
  const id = await endedRun();
  const query = `query ($id: ID!) { trainingRun(id: $id) { status finishedAt endReason events { seq kind } } }`;
  const before = await client.execute(query, { id });
  const { archivedAt } = await archive(id);
  expect(await archive(id)).toMatchObject({ archivedAt });
  expect(await client.execute(query, { id })).toEqual(before);
  expect(await archive(id, false)).toMatchObject({ archivedAt: null });
  expect(await archive(id, false)).toMatchObject({ archivedAt: null });
});

test('simultaneous archive requests give the same timestamp', async () => {
  const id = await endedRun();
  const answers = await Promise.all(Array.from({ length: 5 }, () => archive(id)));
  expect(new Set(answers.map(({ archivedAt }) => archivedAt)).size).toBe(1);
});

test('a run that has not ended is not archived, and restoring one that is not archived does nothing', async () => {
  const id = await queue();
  const { data, errors } = await client.request(ARCHIVE, { id });
  expect(data).toEqual({ archiveTrainingRun: null });
  expectError(errors, 'CONFLICT', { argument: 'id', hint: 'Wait until it ends, or cancel it first.' });
  expect(await archive(id, false)).toMatchObject({ status: 'QUEUED', archivedAt: null });
});

test.each(['00000000-0000-4000-8000-000000000000', 'no id', ''])(
  'archiving the unknown run %j is NOT_FOUND',
  async (id) => {
    const { errors } = await client.request(ARCHIVE, { id });
    expectError(errors, 'NOT_FOUND');
  },
);

test('followers of a list get a run that is archived, and one that is restored', async () => {
  const id = await endedRun();
  const changes = client.subscribe<{ trainingRunChanges: { kind: string; runId: string; run: ArchivedRun } }>(
    'subscription { trainingRunChanges { kind runId run { id archivedAt } } }',
  );
  const nextOf = async (wanted: string) => {
    for (;;) {
      const { value, done } = await changes.next();
      if (done === true) throw new Error('The subscription ended.');
      if (value.trainingRunChanges.runId === wanted) return value.trainingRunChanges;
    }
  };
  // What happened before it has begun is not told: runs come until the first of them is.
  let hasBegun = false;
  const first = changes.next().then(() => {
    hasBegun = true;
  });
  while (!hasBegun) await endedRun();
  await first;
  const { archivedAt } = await archive(id);
  expect(await nextOf(id)).toEqual({ kind: 'UPDATED', runId: id, run: { id, archivedAt } });
  await archive(id, false);
  expect(await nextOf(id)).toEqual({ kind: 'UPDATED', runId: id, run: { id, archivedAt: null } });
  await changes.return(undefined);
});
