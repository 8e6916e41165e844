import { afterAll, beforeAll, expect, test } from 'vitest';
import { cornersCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { planOf } from '../../support/executed-plan.ts';
import { endOfRun, startTraining, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { KilledWorkers } from './killed-worker.ts';

const SETTINGS = {
  algorithm: 'AUTO',
  target: 'answer',
  parameters: { folds: 3, maxCandidates: 7, timeBudgetSeconds: 600 },
};

/** The candidate after whose end the worker is killed: it is never dropped, and the last ones have not begun by then. */
const KILLED_AFTER = 'Boosting';

interface Candidate {
  readonly name: string;
  readonly status: string;
  readonly foldsDone: number;
}

interface Event {
  readonly attempt: number;
  readonly candidate: Candidate | null;
}

let workers: KilledWorkers;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  workers = await KilledWorkers.start();
  client = await workers.signUp();
  datasetId = (await uploadDataset(client, cornersCsv(600))).id;
});

afterAll(() => workers.close());

/** All that must not depend on who did the work, or how fast. */
async function resultOf(id: string) {
  const { trainingRun: run } = await client.execute<{
    trainingRun: { artifact: { sha256: string }; leaderboard: Candidate[]; modelCard: string };
  }>(
    `query ($id: ID!) { trainingRun(id: $id) { artifact { sha256 } modelCard
      leaderboard { name status foldsDone folds loss low high score { value } weight } } }`,
    { id },
  );
  return { sha256: run.artifact.sha256, leaderboard: run.leaderboard, plan: planOf(run) };
}

async function eventsOf(id: string): Promise<Event[]> {
  const all: Event[] = [];
  for await (const { trainingEvents } of client.subscribe<{ trainingEvents: Event }>(
    `subscription ($id: ID!) { trainingEvents(runId: $id) { attempt candidate { name status foldsDone } } }`,
    { id },
  )) {
    all.push(trainingEvents);
  }
  return all;
}

/** Waits until a checkpoint holds the end of the candidate, after which the training stands still. */
async function untilSaved(id: string): Promise<void> {
  const { owner } = workers.database;
  await eventually(async () => {
    const [event] = await owner`select seq from training_events where run_id = ${id}
      and candidate->>'name' = ${KILLED_AFTER} and candidate->>'status' = 'DONE'`;
    expect(event).toBeDefined();
  });
  // The first one may have been made before; the next one is made once that is saved.
  for (let saved = 0; saved < 2; saved++) {
    const before = await savedAt(id);
    await eventually(async () => expect(await savedAt(id)).toBeGreaterThan(before));
  }
}

/** When its last checkpoint was saved; 0: there is none yet. */
async function savedAt(id: string): Promise<number> {
  const [row] = await workers.database.owner<{ saved_at: Date }[]>`
    select saved_at from training_checkpoints where run_id = ${id}`;
  return row?.saved_at.getTime() ?? 0;
}

test('a search whose worker is killed goes on by another from the last finished fold, to the same candidates and model', async () => {
  const worker = await workers.startWorker();
  const first = await startTraining(client, { datasetId, ...SETTINGS });
  expect(await endOfRun(client, first)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
  await worker.close();
  const undisturbed = await resultOf(first);
  const { plan } = undisturbed;
  const startRun = () => startTraining(client, { datasetId, ...SETTINGS, plan });
  const { id } = await workers.killInTheMiddle(client, startRun, untilSaved, {
    TRAINYARD_TEST_PACE: `still:${KILLED_AFTER}`,
  });
  const { leaderboard, ...made } = await resultOf(id);
  const { leaderboard: expected, ...same } = undisturbed;
  expect(made).toEqual(same);
  const done = (list: readonly Candidate[]) => list.filter(({ status }) => status === 'DONE');
  expect(done(leaderboard)).toEqual(done(expected));
  // What was saved is not fitted again; the rest is.
  const events = await eventsOf(id);
  const saved = new Map(
    events.flatMap(({ attempt, candidate }) =>
      attempt === 1 && candidate !== null ? [[candidate.name, candidate.foldsDone]] : [],
    ),
  );
  expect(saved.get(KILLED_AFTER)).toBe(3);
  const again = events.flatMap(({ attempt, candidate }) =>
    attempt === 2 && candidate?.status === 'RUNNING' ? [candidate] : [],
  );
  expect(again.length).toBeGreaterThan(0);
  for (const { name, foldsDone } of again) expect(foldsDone).toBeGreaterThanOrEqual(saved.get(name) ?? 0);
});
