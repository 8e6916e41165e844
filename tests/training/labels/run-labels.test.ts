import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectError } from '../../support/expect-error.ts';
import { startFlowerServer } from '../../support/flower-server.ts';
import { START, startTraining } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import type { TestServer } from '../../support/test-server.ts';

interface LabelledRun {
  readonly id: string;
  readonly name: string | null;
  readonly tags: readonly string[];
}

const UPDATE = 'mutation ($input: UpdateTrainingRunInput!) { updateTrainingRun(input: $input) { id name tags } }';

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  // No worker: a run stays QUEUED until it is cancelled.
  ({ server, client, datasetId } = await startFlowerServer());
});

afterAll(() => server.close());

const queue = (labels: object = {}) => startTraining(client, { datasetId, algorithm: 'BASELINE', ...labels });

async function update(input: object): Promise<LabelledRun> {
  return (await client.execute<{ updateTrainingRun: LabelledRun }>(UPDATE, { input })).updateTrainingRun;
}

async function labelsOf(id: string): Promise<LabelledRun> {
  const query = 'query ($id: ID!) { trainingRun(id: $id) { id name tags } }';
  return (await client.execute<{ trainingRun: LabelledRun }>(query, { id })).trainingRun;
}

async function idsOf(filter: object): Promise<string[]> {
  const { trainingRuns } = await client.execute<{ trainingRuns: { nodes: LabelledRun[] } }>(
    'query ($filter: TrainingRunFilter) { trainingRuns(filter: $filter, first: 100) { nodes { id } } }',
    { filter },
  );
  return trainingRuns.nodes.map(({ id }) => id);
}

describe('names and tags of a run', () => {
  test('a run is started with a name and tags, which are trimmed, and repeated tags dropped', async () => {
    const id = await queue({ name: ' My first ', tags: ['baseline', ' baseline', 'späť'] });
    expect(await labelsOf(id)).toEqual({ id, name: 'My first', tags: ['baseline', 'späť'] });
  });

  test('a run without labels has no name and no tags', async () => {
    const id = await queue();
    expect(await labelsOf(id)).toEqual({ id, name: null, tags: [] });
  });

  test('what is left out of updateTrainingRun stays, a name that is null is removed', async () => {
    const id = await queue({ name: 'First', tags: ['a'] });
    expect(await update({ id, name: 'Second' })).toEqual({ id, name: 'Second', tags: ['a'] });
    expect(await update({ id, tags: ['b', 'c'] })).toEqual({ id, name: 'Second', tags: ['b', 'c'] });
    expect(await update({ id, tags: null })).toEqual({ id, name: 'Second', tags: ['b', 'c'] });
    expect(await update({ id, name: null, tags: [] })).toEqual({ id, name: null, tags: [] });
    expect(await labelsOf(id)).toEqual({ id, name: null, tags: [] });
  });

  test('a run that is retried hands its labels on', async () => {
    const id = await queue({ name: 'Again', tags: ['kept'] });
    await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
    const { retryTraining } = await client.execute<{ retryTraining: LabelledRun }>(
      'mutation ($id: ID!) { retryTraining(id: $id) { id name tags } }',
      { id },
    );
    expect(retryTraining).toMatchObject({ name: 'Again', tags: ['kept'] });
    expect(retryTraining.id).not.toBe(id);
  });

  test('a key with the same labels gives the same run, and with others a conflict', async () => {
    const request = { datasetId, algorithm: 'BASELINE', idempotencyKey: 'labels', name: 'Once' };
    const first = await startTraining(client, request);
    expect(await startTraining(client, request)).toBe(first);
    const { errors } = await client.request(START, { input: { ...request, name: 'Twice' } });
    expectError(errors, 'IDEMPOTENCY_CONFLICT');
  });

  test('every wrong label is told beside its input', async () => {
    const input = { datasetId, name: ' ', tags: ['fine', 'x'.repeat(51), ''] };
    const { errors } = await client.request(START, { input });
    expect(new Set(errors.map(({ extensions }) => extensions.argument))).toEqual(
      new Set(['input.name', 'input.tags.1', 'input.tags.2']),
    );
    const id = await queue();
    const many = Array.from({ length: 21 }, (_, index) => `tag ${index}`);
    const refused = await client.request(UPDATE, { input: { id, name: 'fine', tags: many } });
    expectError(refused.errors, 'BAD_USER_INPUT', { argument: 'input.tags' });
    const long = await client.request(UPDATE, { input: { id, name: 'x'.repeat(201), tags: ['fine'] } });
    expectError(long.errors, 'BAD_USER_INPUT', { argument: 'input.name' });
    expect(await labelsOf(id)).toEqual({ id, name: null, tags: [] });
  });

  test.each(['00000000-0000-4000-8000-000000000000', 'no id'])('naming the unknown run %j is NOT_FOUND', async (id) => {
    const { errors } = await client.request(UPDATE, { input: { id, name: 'x' } });
    expectError(errors, 'NOT_FOUND');
  });
});

test('runs are found by one of their tags, and by their target', async () => {
  const tagged = await queue({ tags: ['wanted', 'other'], target: 'petal' });
  await queue({ tags: ['wanted too'] });
  expect(await idsOf({ tag: 'wanted' })).toEqual([tagged]);
  expect(await idsOf({ tag: "wan'ted" })).toEqual([]);
  expect(await idsOf({ target: 'petal' })).toEqual([tagged]);
  expect(await idsOf({ target: 'kind', tag: 'wanted' })).toEqual([]);
});

test('followers of a list get a run that is named, while it is queued and when it has ended', async () => {
  const id = await queue();
  const changes = client.subscribe<{ trainingRunChanges: { kind: string; runId: string; run: LabelledRun } }>(
    'subscription { trainingRunChanges { kind runId run { id name tags } } }',
  );
  // What happened before it has begun is not told: runs come until the first of them is.
  let hasBegun = false;
  const first = changes.next().then(() => {
    hasBegun = true;
  });
  while (!hasBegun) await queue();
  await first;
  const untilNamed = async (name: string) => {
    for (;;) {
      const { value, done } = await changes.next();
      if (done === true) throw new Error('The subscription ended.');
      if (value.trainingRunChanges.run?.name === name) return value.trainingRunChanges;
    }
  };
  await update({ id, name: 'Queued' });
  expect(await untilNamed('Queued')).toMatchObject({ kind: 'UPDATED', runId: id });
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
  await update({ id, name: 'Ended', tags: ['late'] });
  expect(await untilNamed('Ended')).toEqual({ kind: 'UPDATED', runId: id, run: { id, name: 'Ended', tags: ['late'] } });
  await changes.return(undefined);
});
