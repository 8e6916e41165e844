import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENDLESS, endlessCsv, stopTraining } from '../../support/endless.ts';
import { eventually } from '../../support/eventually.ts';
import { startTraining, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

interface Event {
  readonly status: string;
  readonly stage: string;
  readonly attempt: number;
  readonly progress: number;
  readonly etaSeconds: number | null;
}

/** What the run came to before it changed hands: half of it took so long, so that as much is left. */
const HALF_SECONDS = 30_000;
/** Steps of the second attempt that are looked at. */
const STEPS = 5;

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
});

afterAll(() => server.close());

async function untilCheckpoint(runId: string): Promise<void> {
  await eventually(async () => {
    const rows = await server.database.owner`select 1 from training_checkpoints where run_id = ${runId}`;
    expect(rows).toHaveLength(1);
  });
}

test('a run that another worker resumes has an ETA from its earlier pace, from its first step on', async () => {
  const { id: datasetId } = await uploadDataset(client, endlessCsv());
  const id = await startTraining(client, { datasetId, parameters: ENDLESS });
  const first = await server.startWorker();
  await untilCheckpoint(id);
  await first.close();
  // The file was trained on for seconds; what is told afterwards is that of hours.
  await server.database.owner`
    update training_checkpoints set progress = 0.5, trained_seconds = ${HALF_SECONDS} where run_id = ${id}`;
  const second = await server.startWorker();
  const events: Event[] = [];
  const followed = client.subscribe<{ trainingEvents: Event }>(
    `subscription ($id: ID!) { trainingEvents(runId: $id) { status stage attempt progress etaSeconds } }`,
    { id },
  );
  for await (const { trainingEvents: event } of followed) {
    if (event.attempt !== 2 || event.status !== 'RUNNING') continue;
    events.push(event);
    if (events.length === STEPS) break;
  }
  const { trainingRun: run } = await client.execute<{ trainingRun: Event }>(
    'query ($id: ID!) { trainingRun(id: $id) { status stage attempt progress etaSeconds } }',
    { id },
  );
  await stopTraining(client, id);
  expect(events.map(({ stage }) => stage)).toContain('FITTING');
  for (const { attempt, progress, etaSeconds } of [...events, run]) {
    expect({ attempt, progress }).toEqual({ attempt: 2, progress: 0.5 });
    // Less by what the second attempt has taken by now, which is no hours.
    expect(etaSeconds).toBeGreaterThan(HALF_SECONDS / 2);
    expect(etaSeconds).toBeLessThanOrEqual(HALF_SECONDS);
  }
  await second.close();
});
