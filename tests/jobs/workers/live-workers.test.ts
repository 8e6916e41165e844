import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase, type Transaction } from '../../../src/platform/postgres/database.ts';
import type { WorkerProcess } from '../../../src/processes/worker-process.ts';
import { contradictLoss, findRun, type TrainingRunRow } from '../../../src/training/runs/training-run.store.ts';
import { readCheckpoint, saveCheckpoint } from '../../../src/training/worker/save-checkpoint.ts';
import { findCheckpoint } from '../../../src/training/worker/training-checkpoint.store.ts';
import { start } from '../../processes/command.ts';
import { claimAsItsJob } from '../../support/claim-run.ts';
import { ENDLESS, endlessCsv } from '../../support/endless.ts';
import { eventually } from '../../support/eventually.ts';
import { startTraining, uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

/** Six parts, the last of which is not whole. */
const CHECKPOINT_BYTES = 5 * 1024 * 1024 + 1;

let server: TestServer;
let client: TestClient;
let database: Database;
let datasetId: string;
let workspaceId: string;
let runId: string;
/** Of the test. */
let worker: WorkerProcess | null = null;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, endlessCsv())).id;
  workspaceId = await workspaceIdOf(client);
  database = openDatabase(server.database.access, 4);
});

beforeEach(async () => {
  runId = await startTraining(client, { datasetId, parameters: ENDLESS });
});

afterEach(async () => {
  await cancel();
  await worker?.close();
  worker = null;
});

afterAll(async () => {
  await database.close();
  await server.close();
});

const stateOf = async (): Promise<TrainingRunRow> => {
  const run = await inTransaction((tx) => findRun(tx, runId));
  if (run === null) throw new Error('The run is not there.');
  return run;
};

const startWorker = async () => {
  worker = await server.startWorker();
};

const cancel = () => client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id: runId });

const inTransaction = <T>(work: (tx: Transaction) => Promise<T>) => database.transaction({ workspaceId }, work);

/** Does something while another transaction of the database holds what this statement locks. */
async function whileHeld<T>(statement: string, work: () => Promise<T>): Promise<T> {
  const connection = await server.database.owner.reserve();
  try {
    await connection.unsafe(`begin; ${statement}`);
    return await work();
  } finally {
    await connection.unsafe('rollback');
    connection.release();
  }
}

const holdRun = () => `select from training_runs where id = '${runId}' for update`;
const HOLD_PARTS = 'lock table training_checkpoint_parts in access exclusive mode';

const untilFitted = () => eventually(async () => expect(await stateOf()).toMatchObject({ stage: 'FITTING' }));

/** Waits until somebody waits for a lock in a transaction that has locked this table, or wants to. */
const untilSomebodyWaitsFor = (table: string) =>
  eventually(async () => {
    // By the locks: of a long statement the server shows the beginning alone.
    const waiting = await server.database.owner`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and pid in (
        select pid from pg_locks where relation = ${table}::text::regclass
      )`;
    expect(waiting.length).toBeGreaterThan(0);
  });

test('heartbeats of worker and job continue while a claim waits for its run', async () => {
  await whileHeld(holdRun(), async () => {
    await startWorker();
    await untilSomebodyWaitsFor('training_runs');
    const heard = new Set<string>();
    await eventually(async () => {
      const [row] = await server.database.owner`select job_id, heartbeat_at::text as heartbeat_at from workers
        where kind = 'TRAINING'`;
      expect(row?.['job_id']).not.toBeNull();
      expect(heard.add(row?.['heartbeat_at']).size).toBeGreaterThan(3);
    });
    expect(await stateOf()).toMatchObject({ status: 'QUEUED', attempt: 0 });
  });
  await untilFitted();
});

test('a checkpoint that takes long to save delays no event of its run', async () => {
  await startWorker();
  await whileHeld(HOLD_PARTS, async () => {
    await untilSomebodyWaitsFor('training_checkpoint_parts');
    const { lastSeq } = await stateOf();
    await eventually(async () => expect((await stateOf()).lastSeq).toBeGreaterThan(lastSeq + 3));
  });
});

test('a worker requeues its run even if no checkpoint can be saved', async () => {
  await startWorker();
  let closing: Promise<void> | undefined;
  await untilFitted();
  await whileHeld(HOLD_PARTS, async () => {
    await untilSomebodyWaitsFor('training_checkpoint_parts');
    closing = worker?.close();
    await eventually(async () =>
      expect(await stateOf()).toMatchObject({ status: 'QUEUED', attempt: 1, lostAttempts: 0 }),
    );
  });
  await closing;
});

test('a worker that shut down without requeueing its run in time has not lost it', async () => {
  const { access } = server.database;
  const command = start(['worker'], {
    DATABASE_URL: access.appUrl,
    DATABASE_OWNER_URL: access.ownerUrl,
    DATA_DIRECTORY: server.config.DATA_DIRECTORY,
  });
  await untilFitted();
  await whileHeld(holdRun(), async () => {
    command.process.kill('SIGTERM');
    expect(await command.ended).toBe(0);
    expect(await server.database.owner`select is_leaving from workers where kind = 'TRAINING'`).toEqual([
      { is_leaving: true },
    ]);
  });
  await startWorker();
  await eventually(async () => expect(await stateOf()).toMatchObject({ status: 'RUNNING', attempt: 2 }));
  expect(await stateOf()).toMatchObject({ lostAttempts: 0 });
});

test('a worker whose run was taken over says that it is alive, and the attempt does not count as lost', async () => {
  await startWorker();
  await untilFitted();
  expect(await inTransaction((tx) => claimAsItsJob(tx, runId))).toMatchObject({ attempt: 2, lostAttempts: 1 });
  await eventually(async () => expect(await stateOf()).toMatchObject({ attempt: 2, lostAttempts: 0 }));
});

test('a loss is revoked once, by the attempt that was counted, and not after the end', async () => {
  const claim = () => inTransaction((tx) => claimAsItsJob(tx, runId));
  const contradict = (attempt: number) => inTransaction((tx) => contradictLoss(tx, { id: runId, attempt }));
  for (let attempt = 1; attempt <= 3; attempt++) await claim();
  expect(await stateOf()).toMatchObject({ attempt: 3, lostAttempts: 2, lastLostAttempt: 2 });
  expect(await contradict(3)).toBe(false);
  expect(await contradict(2)).toBe(true);
  expect(await contradict(2)).toBe(false);
  expect(await stateOf()).toMatchObject({ attempt: 3, lostAttempts: 1, lastLostAttempt: null });
  await claim();
  await cancel();
  expect(await contradict(3)).toBe(false);
});

test('a checkpoint of several parts is read as saved, and an incomplete one is ignored', async () => {
  await inTransaction((tx) => claimAsItsJob(tx, runId));
  const bytes = new Uint8Array(CHECKPOINT_BYTES).map((_, index) => index % 251);
  const checkpoint = { runId, workspaceId, attempt: 1, trainedSeconds: 1, bytes };
  const going = new AbortController();
  expect(await saveCheckpoint(database, { ...checkpoint, progress: 0.25 }, going.signal)).toBe(true);
  const read = async () => {
    const row = await inTransaction((tx) => findCheckpoint(tx, { id: runId }));
    return row && { progress: row.progress, bytes: Buffer.from(await readCheckpoint(database, row)) };
  };
  expect(await read()).toEqual({ progress: 0.25, bytes: Buffer.from(bytes) });

  const parts = () =>
    server.database.owner`select distinct save_id from training_checkpoint_parts where run_id = ${runId}`;
  const stopped = await whileHeld(HOLD_PARTS, async () => {
    const saving = saveCheckpoint(database, { ...checkpoint, progress: 0.5 }, going.signal);
    const outcome = saving.catch((error: unknown) => String(error));
    await untilSomebodyWaitsFor('training_checkpoint_parts');
    going.abort(new Error('enough'));
    return { outcome };
  });
  expect(await stopped.outcome).toBe('Error: enough');
  expect(await parts()).toHaveLength(1);
  expect(await read()).toMatchObject({ progress: 0.25 });

  const next = { ...checkpoint, progress: 0.75, bytes: bytes.subarray(0, 10) };
  expect(await saveCheckpoint(database, next, new AbortController().signal)).toBe(true);
  expect(await read()).toMatchObject({ progress: 0.75, bytes: Buffer.from(next.bytes) });
  expect(await parts()).toHaveLength(1);

  // The next attempt reads it; what the former one still saves is refused, and leaves nothing.
  await inTransaction((tx) => claimAsItsJob(tx, runId));
  expect(await saveCheckpoint(database, { ...next, progress: 0.9 }, new AbortController().signal)).toBe(false);
  expect(await read()).toMatchObject({ progress: 0.75 });
  expect(await parts()).toHaveLength(1);
  await cancel();
  expect(await read()).toBeNull();
  expect(await parts()).toHaveLength(0);
});
