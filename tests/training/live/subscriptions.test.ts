import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { ENDLESS, endlessCsv, stopTraining } from '../../support/endless.ts';
import { eventually } from '../../support/eventually.ts';
import { hintAtRun } from '../../support/hint.ts';
import { holdWrites } from '../../support/hold-writes.ts';
import { startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

interface Event {
  readonly runId: string;
  readonly seq: number;
  readonly kind: string;
  readonly status: string;
  readonly stage: string;
  readonly progress: number;
  readonly attempt: number;
  readonly point: { readonly iteration: number } | null;
}

const EVENTS = `subscription ($id: ID!, $afterSeq: Int! = 0) { trainingEvents(runId: $id, afterSeq: $afterSeq) {
  runId seq at kind status stage progress attempt point { iteration } message error { code } } }`;
const PROGRESS = `subscription ($id: ID!) { trainingProgress(runId: $id) { id status stage progress attempt dataset { name } metrics { task } } }`;
const STAGES = ['WAITING', 'LOADING', 'PREPARING', 'FITTING', 'EVALUATING', 'SAVING', 'DONE'];

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  datasetId = (await uploadDataset(client, endlessCsv())).id;
});

afterAll(() => server.close());

/** What a follower does with what it was given by now. */
type Look<T> = (seen: readonly T[]) => unknown;

async function followEvents(id: string, afterSeq = 0, look: Look<Event> = () => undefined): Promise<Event[]> {
  const events: Event[] = [];
  for await (const { trainingEvents } of client.subscribe<{ trainingEvents: Event }>(EVENTS, { id, afterSeq })) {
    events.push(trainingEvents);
    look(events);
  }
  return events;
}

interface Progress {
  readonly status: string;
  readonly stage: string;
  readonly progress: number;
}

async function followProgress(id: string, look: Look<Progress> = () => undefined): Promise<Progress[]> {
  const seen: Progress[] = [];
  for await (const { trainingProgress } of client.subscribe<{ trainingProgress: Progress }>(PROGRESS, { id })) {
    seen.push(trainingProgress);
    look(seen);
  }
  return seen;
}

describe('followers of one run', () => {
  let id: string;
  let early: Event[];
  let second: Event[];
  let progress: Progress[];

  beforeAll(async () => {
    id = await startTraining(client, { datasetId, parameters: ENDLESS });
    const hasPoint = Promise.withResolvers<void>();
    const hasMoved = Promise.withResolvers<void>();
    const followers = Promise.all([
      followEvents(id, 0, (events) => events.some(({ point }) => point !== null) && hasPoint.resolve()),
      followEvents(id),
      followProgress(id, ({ length }) => length > 2 && hasMoved.resolve()),
    ]);
    // It ends once enough has been seen.
    await Promise.race([followers, Promise.all([hasPoint.promise, hasMoved.promise])]);
    await stopTraining(client, id);
    [early, second, progress] = await followers;
  });

  test('followers of one run get every event once, in order, to the end', () => {
    expect(early.map(({ seq }) => seq)).toEqual(early.map((_, index) => index + 1));
    expect(early[0]).toMatchObject({ runId: id, kind: 'STATUS', status: 'QUEUED', attempt: 0 });
    expect(early.at(-1)).toMatchObject({ kind: 'STATUS', status: 'SUCCEEDED', stage: 'DONE', progress: 1, attempt: 1 });
    expect(early.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(1);
    expect(second).toEqual(early);
  });

  test('followers of one run see the stages in order, and progress that never falls', () => {
    const places = early.map(({ stage }) => STAGES.indexOf(stage));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    const shares = early.map((event) => event.progress);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(early.some(({ point }) => point !== null)).toBe(true);
  });

  test('followers of progress get the current row, then each change, and the end', () => {
    const shares = progress.map((row) => row.progress);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(progress.length).toBeGreaterThan(2);
    expect(progress.at(-1)).toMatchObject({
      ...{ id, status: 'SUCCEEDED', stage: 'DONE', progress: 1 },
      ...{ dataset: { name: 'noise' }, metrics: { task: 'CLASSIFICATION' } },
    });
  });

  test('followers resume after their last event', async () => {
    const middle = Math.floor(early.length / 2);
    expect(await followEvents(id, middle)).toEqual(early.slice(middle));
    expect(await followEvents(id, early.length)).toEqual([]);
    expect(await followEvents(id, 1_000_000)).toEqual([]);
  });

  test('followers that come after the end get all events, and the end', async () => {
    expect(await followEvents(id)).toEqual(early);
    expect(await followProgress(id)).toEqual([progress.at(-1)]);
  });

  test('followers read the same history from the run itself', async () => {
    const { trainingRun } = await client.execute<{ trainingRun: { events: Event[] } }>(
      `query ($id: ID!) { trainingRun(id: $id) { events(first: 1000) {
         runId seq at kind status stage progress attempt point { iteration } message error { code } } } }`,
      { id },
    );
    expect(trainingRun.events).toEqual(early);
  });
});

test('a follower that comes in the middle gets the missed events, then the others', async () => {
  const release = await holdWrites(server, 'training_evaluations');
  const id = await startTraining(client, { datasetId, algorithm: 'DECISION_TREE' });
  const hasBegun = Promise.withResolvers<void>();
  const hasCaughtUp = Promise.withResolvers<void>();
  const early = followEvents(id, 0, (events) => events.at(-1)?.status === 'RUNNING' && hasBegun.resolve());
  await hasBegun.promise;
  const late = followEvents(id, 0, (events) => events.at(-1)?.status === 'RUNNING' && hasCaughtUp.resolve());
  await hasCaughtUp.promise;
  // It could not have ended before.
  await release();
  expect(await late).toEqual(await early);
  expect((await early).at(-1)).toMatchObject({ status: 'SUCCEEDED', stage: 'DONE' });
});

interface Change {
  readonly kind: string;
  readonly runId: string;
  readonly run: { readonly status: string; readonly progress: number } | null;
}

describe('the changes of a workspace’s runs', () => {
  let known: string;

  beforeAll(async () => {
    known = (await train(client, { datasetId, algorithm: 'BASELINE' })).id;
  });

  /** Reads changes until a run that `act` queues has ended. What is read before is not among what it gives. */
  async function changesDuring(
    act: () => Promise<string>,
    variables: Record<string, unknown> = {},
  ): Promise<{ id: string; changes: Change[] }> {
    const stream = client.subscribe<{ trainingRunChanges: Change }>(
      'subscription ($datasetId: ID) { trainingRunChanges(datasetId: $datasetId) { kind runId run { status progress } } }',
      variables,
    );
    await untilItListens(stream.next());
    const id = await act();
    const changes: Change[] = [];
    for await (const { trainingRunChanges: change } of stream) {
      changes.push(change);
      if (change.runId === id && change.run?.status === 'SUCCEEDED') break;
    }
    return { id, changes };
  }

  /** A stream that has told of a run that changed long ago listens. */
  async function untilItListens(first: Promise<unknown>): Promise<void> {
    let hasHeard = false;
    void first.then(() => {
      hasHeard = true;
    });
    await eventually(async () => {
      await hintAtRun(server, known);
      expect(hasHeard).toBe(true);
    });
  }

  test('the changes of a workspace’s runs are CREATED, then UPDATED, to the last one', async () => {
    const { id, changes } = await changesDuring(() => startTraining(client, { datasetId, algorithm: 'DECISION_TREE' }));
    expect(new Set(changes.map(({ runId }) => runId))).toEqual(new Set([id]));
    expect(changes.map(({ kind }) => kind)).toEqual(['CREATED', ...changes.slice(1).map(() => 'UPDATED')]);
    expect(changes.at(-1)).toMatchObject({ run: { status: 'SUCCEEDED', progress: 1 } });
  });

  test('the changes of runs can be filtered by dataset, and are never those of another workspace', async () => {
    const neighbour = await server.signUp();
    const [theirs, other] = await Promise.all([
      uploadDataset(neighbour, flowersCsv()),
      uploadDataset(client, flowersCsv()),
    ]);
    const baseline = { algorithm: 'BASELINE' };
    const { id, changes } = await changesDuring(
      async () => {
        await train(neighbour, { datasetId: theirs.id, ...baseline });
        await train(client, { datasetId: other.id, ...baseline });
        return await startTraining(client, { datasetId, ...baseline });
      },
      { datasetId },
    );
    expect(new Set(changes.map(({ runId }) => runId))).toEqual(new Set([id]));
  });
});
