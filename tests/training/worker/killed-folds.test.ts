import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, readConfig } from '../../../src/config.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { type ApiProcess, startApiProcess } from '../../../src/processes/api-process.ts';
import { startWorkerProcess } from '../../../src/processes/worker-process.ts';
import { start } from '../../processes/command.ts';
import { noiseCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { endOfRun, startTraining, uploadDataset } from '../../support/operations.ts';
import { SECRETS } from '../../support/secrets.ts';
import { TestClient } from '../../support/test-client.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { NO_RATE_LIMITS } from '../../support/test-server.ts';

const logger = createLogger('fatal', 'test');

const FOLDS = 8;
const SETTINGS = { parameters: { folds: FOLDS, trees: 300, maxDepth: 4 }, refit: true };

interface Event {
  readonly kind: string;
  readonly attempt: number;
  readonly progress: number;
  readonly message: string | null;
}

let directory: string;
let database: TestDatabase;
let config: Config;
let api: ApiProcess;
let client: TestClient;
let datasetId: string;
/** What a training that nobody disturbs comes to. */
let undisturbed: { readonly sha256: string; readonly crossValidation: unknown };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trainyard-test-'));
  database = await createTestDatabase();
  config = readConfig({ ...SECRETS, ...NO_RATE_LIMITS, DATA_DIRECTORY: directory, PORT: '0' });
  api = await startApiProcess(config, database.access, logger);
  const { signUp } = await new TestClient(api.url, null).execute<{ signUp: { accessToken: string } }>(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
    { input: { email: 'owner@example.com', password: 'correct horse battery' } },
  );
  client = new TestClient(api.url, signUp.accessToken);
  datasetId = (await uploadDataset(client, noiseCsv(20_000))).id;
  const worker = await startWorkerProcess(config, database.access, logger);
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

afterAll(async () => {
  await api.close();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

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

/** No run can end until it is released. */
async function holdEnds(): Promise<() => Promise<void>> {
  const sql = await database.owner.reserve();
  await sql`begin`;
  await sql`lock table training_evaluations in share mode`;
  return async () => {
    await sql`rollback`;
    sql.release();
  };
}

/** Waits until a checkpoint holds what a message tells of. */
async function untilSaved(id: string, message: string): Promise<void> {
  await eventually(async () => {
    const [row] = await database.owner`select checkpoint.progress from training_checkpoints as checkpoint
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
    const { appUrl, ownerUrl } = database.access;
    const command = start(['worker'], {
      ...{ DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, DATA_DIRECTORY: directory, PORT: '0' },
      ...{ LOG_LEVEL: 'info', ...NO_RATE_LIMITS },
    });
    const release = await holdEnds();
    try {
      const id = await startTraining(client, { datasetId, target: 'answer', ...SETTINGS });
      await untilSaved(id, message);
      command.process.kill('SIGKILL');
      await command.ended;
      const [row] = await database.owner`select progress from training_checkpoints where run_id = ${id}`;
      const checkpoint = Number(row?.['progress']);
      const worker = await startWorkerProcess(config, database.access, logger);
      try {
        await eventually(async () => {
          const [run] = await database.owner`select attempt, lost_attempts from training_runs where id = ${id}`;
          expect(run).toEqual({ attempt: 2, lost_attempts: 1 });
        });
        await release();
        expect(await endOfRun(client, id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
      } finally {
        await worker.close();
      }
      expect(await resultOf(id)).toEqual(undisturbed);
      // What was saved is not done again; of the last fold in it the event may be lost with the worker.
      const events = await eventsOf(id);
      const saved = events.filter(({ progress }) => progress <= checkpoint);
      const before = messagesOf(saved, 1).filter(isOfFold);
      const after = messagesOf(events, 2).filter(isOfFold);
      expect(before.length).toBeGreaterThan(1);
      expect(after.length).toBeLessThanOrEqual(FOLDS - before.length);
      expect(after).toEqual(foldsFrom(FOLDS + 1 - after.length));
    } finally {
      command.process.kill('SIGKILL');
      await release().catch(() => undefined);
    }
  },
);
