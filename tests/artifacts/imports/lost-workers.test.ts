import { afterEach, beforeEach, expect, test } from 'vitest';
import { start } from '../../processes/command.ts';
import { eventually } from '../../support/eventually.ts';
import { countHeld, holdWrites } from '../../support/hold-writes.ts';
import { endOfRun, uploadDataset } from '../../support/operations.ts';
import { NO_RATE_LIMITS, startTestServer, type TestServer } from '../../support/test-server.ts';
import { csvOf, importAccepted, referenceRows } from './import-operations.ts';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer({ MAX_ATTEMPTS: '3' }, { worker: false });
});

afterEach(() => server.close());

test('an evaluation whose worker is killed is made by another one, and the model predicts meanwhile', async () => {
  const client = await server.signUp();
  const rows = referenceRows('xgb-squared-error.json', 400);
  const content = csvOf(rows.rows.map((row, index) => ({ ...row, y: rows.outputs[index]?.[0] })));
  const datasetId = (await uploadDataset(client, { name: 'rows.csv', content })).id;
  const { appUrl, ownerUrl } = server.access;
  const command = start(['worker'], {
    ...{ DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, DATA_DIRECTORY: server.config.DATA_DIRECTORY, PORT: '0' },
    ...{ MAX_ATTEMPTS: '3', LOG_LEVEL: 'info', ...NO_RATE_LIMITS },
  });
  const release = await holdWrites(server, 'training_evaluations');
  try {
    const artifact = await importAccepted(client, 'xgb-squared-error.json', { task: 'REGRESSION', datasetId });
    // Its figures are there, and cannot be stored.
    await eventually(async () => expect(await countHeld(server)).toBeGreaterThan(0));
    command.process.kill('SIGKILL');
    await command.ended;
    await server.startWorker();
    await eventually(async () => {
      const [row] = await server.database
        .owner`select attempt, lost_attempts from training_runs where id = ${artifact.runId}`;
      expect(row).toEqual({ attempt: 2, lost_attempts: 1 });
    });
    await release();
    expect(await endOfRun(client, artifact.runId)).toMatchObject({
      ...{ status: 'SUCCEEDED', attempt: 2, artifact: { id: artifact.id } },
    });
    const { trainingRun } = await client.execute<{ trainingRun: { metrics: { primary: { value: number } } } }>(
      'query ($id: ID!) { trainingRun(id: $id) { metrics { primary { value } } } }',
      { id: artifact.runId },
    );
    expect(trainingRun.metrics.primary.value).toBeGreaterThan(0.999);
  } finally {
    command.process.kill('SIGKILL');
    await release().catch(() => undefined);
  }
});
