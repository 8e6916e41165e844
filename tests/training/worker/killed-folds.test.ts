import { afterAll, beforeAll, expect, test } from 'vitest';
import { noiseCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { endOfRun, startTraining, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { KilledWorkers } from './killed-worker.ts';

const FOLDS = 8;
const SETTINGS = { parameters: { folds: FOLDS, trees: 300, maxDepth: 4 }, refit: true };

interface Event {
  readonly kind: string;
  readonly attempt: number;
  readonly progress: number;
  readonly message: string | null;
}

let workers: KilledWorkers;
let client: TestClient;
let datasetId: string;
/** What a training that nobody disturbs comes to. */
let undisturbed: { readonly sha256: string; readonly crossValidation: unknown };

beforeAll(async () => {
  workers = await KilledWorkers.start();
  client = await workers.signUp();
  datasetId = (await uploadDataset(client, noiseCsv(20_000))).id;
  const worker = await workers.startWorker();
  const id = await startTraining(client, { datasetId, target: 'answer', ...SETTINGS });
  expect(await endOfRun(client, id)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
  await worker.close();
  undisturbed = await resultOf(id);
  // Each fold is told once, in order, and so is that the model is fitted again; progress never falls.
  const events = await eventsOf(id);
  expect(messagesOf(events, 1)).toEqual([...foldsFrom(1), 'The model is fitted again, to all rows.']);
  const shares = events.map(({ progress }) => progress);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
});

afterAll(() => workers.close());

const foldsFrom = (first: number) =>
  Array.from({ length: FOLDS + 1 - first }, (_, i) => `Fold ${first + i} of ${FOLDS} is done.`);

const messagesOf = (events: readonly Event[], attempt: number) =>
  events.filter((event) => event.kind === 'LOG' && event.attempt === attempt).map(({ message }) => message);

const isOfFold = (message: string | null) => message?.startsWith('Fold') ?? false;

async function resultOf(id: string) {
  const { trainingRun: run } = await client.execute<{
    trainingRun: { artifact: { sha256: string }; evaluation: { crossValidation: unknown }; refitted: boolean };
  }>(
    `query ($id: ID!) { trainingRun(id: $id) { refitted artifact { sha256 }
      evaluation { crossValidation { folds foldsDone scores { name values } } } } }`,
    { id },
  );
  expect(run.refitted).toBe(true);
  return { sha256: run.artifact.sha256, crossValidation: run.evaluation.crossValidation };
}

async function eventsOf(id: string): Promise<Event[]> {
  const all: Event[] = [];
  for await (const { trainingEvents } of client.subscribe<{ trainingEvents: Event }>(
    'subscription ($id: ID!) { trainingEvents(runId: $id) { kind attempt progress message } }',
    { id },
  )) {
    all.push(trainingEvents);
  }
  return all;
}

/** Waits until a checkpoint holds what a message tells of. */
async function untilSaved(id: string, message: string): Promise<void> {
  await eventually(async () => {
    const [row] = await workers.database.owner`select checkpoint.progress from training_checkpoints as checkpoint
      join training_events as event on event.run_id = checkpoint.run_id
      where checkpoint.run_id = ${id} and event.message = ${message} and checkpoint.progress >= event.progress`;
    expect(row).toBeDefined();
  });
}

test.each([
  ['folds', 'Fold 2 of 8 is done.'],
  ['fitting again', 'The model is fitted again, to all rows.'],
])(
  'a run whose worker is killed in the middle of its %s ends with the same model by another',
  async (_what, message) => {
    const startRun = () => startTraining(client, { datasetId, target: 'answer', ...SETTINGS });
    const { id, checkpoint } = await workers.killInTheMiddle(client, startRun, (run) => untilSaved(run, message));
    expect(await resultOf(id)).toEqual(undisturbed);
    // What was saved is not done again; of the last fold in it the event may be lost with the worker.
    const events = await eventsOf(id);
    const saved = events.filter(({ progress }) => progress <= checkpoint);
    const before = messagesOf(saved, 1).filter(isOfFold);
    const after = messagesOf(events, 2).filter(isOfFold);
    expect(before.length).toBeGreaterThan(1);
    expect(after.length).toBeLessThanOrEqual(FOLDS - before.length);
    expect(after).toEqual(foldsFrom(FOLDS + 1 - after.length));
  },
);
