import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Config } from '../../src/config.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { runSweep } from '../../src/processes/retention-jobs.ts';
import { copyRow, OWN } from '../support/copied-rows.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { type EndedRun, train, uploadDataset } from '../support/operations.ts';
import { countedFiles, storedFiles } from '../support/stored-files.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const DAYS = 90;

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  server = await startTestServer();
});

beforeEach(async () => {
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
});

// The sweep goes through all workspaces.
afterEach(async () => {
  await server.database.owner`update training_runs set finished_at = now() where finished_at is not null`;
});

afterAll(async () => {
  expect(await storedFiles(server)).toEqual(await countedFiles(server));
  await server.close();
});

/** A run that ended so many days ago. */
async function oldRun(days: number, { of = datasetId, algorithm = 'DECISION_TREE' } = {}): Promise<EndedRun> {
  const run = await train(client, { datasetId: of, algorithm });
  await server.database.owner`update training_runs set finished_at = finished_at - ${`${days} days`}::interval,
    started_at = started_at - ${`${days} days`}::interval, created_at = created_at - ${`${days} days`}::interval
    where id = ${run.id}`;
  return run;
}

interface Report {
  readonly runsArchived: number;
  readonly runsDeleted: number;
  readonly bytesReclaimed: number;
}

async function sweep(action: Config['TRAINING_RUN_TTL_ACTION'], isDryRun = false): Promise<Report> {
  const lines: string[] = [];
  const logger = createLogger('info', 'sweep', { write: (line) => void lines.push(line) });
  const settings = { TRAINING_RUN_TTL_DAYS: DAYS, TRAINING_RUN_TTL_ACTION: action };
  await runSweep({ ...server.config, ...settings }, server.access, isDryRun, logger);
  const [report] = lines.flatMap((line) => (JSON.parse(line) as { report?: Report }).report ?? []);
  if (report === undefined) throw new Error(`The sweep told nothing: ${lines.join('')}`);
  return report;
}

/** The runs that a list shows. */
async function runsOf(archived: 'EXCLUDE' | 'INCLUDE'): Promise<string[]> {
  const { trainingRuns } = await client.execute<{ trainingRuns: { nodes: { id: string }[] } }>(
    'query ($archived: ArchivedFilter) { trainingRuns(filter: { archived: $archived }) { nodes { id } } }',
    { archived },
  );
  return trainingRuns.nodes.map(({ id }) => id).sort((one, other) => one.localeCompare(other));
}

const sorted = (...runs: EndedRun[]) => runs.map(({ id }) => id).sort((one, other) => one.localeCompare(other));

test('runs that ended long ago are archived with all that belongs to them, and younger ones stay in the lists', async () => {
  const [old, young] = [await oldRun(DAYS + 1), await oldRun(DAYS - 1)];
  const files = await storedFiles(server);
  expect(await sweep('archive', true)).toMatchObject({ runsArchived: 1, runsDeleted: 0 });
  expect(await runsOf('EXCLUDE')).toEqual(sorted(old, young));
  expect(await sweep('archive')).toMatchObject({ runsArchived: 1, runsDeleted: 0, bytesReclaimed: 0 });
  expect(await runsOf('EXCLUDE')).toEqual(sorted(young));
  expect(await runsOf('INCLUDE')).toEqual(sorted(old, young));
  expect(await storedFiles(server)).toEqual(files);
  expect(await sweep('archive')).toMatchObject({ runsArchived: 0 });
});

test('runs that ended long ago are deleted with their models, archived ones too, and open lists are told', async () => {
  // Models of their own, each in a file of its own.
  const [old, archived, young] = [
    await oldRun(DAYS + 1),
    await oldRun(DAYS + 2, { algorithm: 'LINEAR' }),
    await oldRun(1, { algorithm: 'BASELINE' }),
  ];
  await client.execute('mutation ($id: ID!) { archiveTrainingRun(id: $id) { id } }', archived);
  const changes = client.subscribe<{ trainingRunChanges: { kind: string; runId: string } }>(
    'subscription { trainingRunChanges { kind runId } }',
  );
  const deleted = new Set<string>();
  const following = (async () => {
    for await (const { trainingRunChanges: change } of changes) {
      if (change.kind === 'DELETED') deleted.add(change.runId);
      if (deleted.size === 2) return;
    }
  })();
  const files = await storedFiles(server);
  expect(await sweep('delete', true)).toMatchObject({ runsDeleted: 2 });
  expect(await storedFiles(server)).toEqual(files);
  const report = await sweep('delete');
  expect(report).toMatchObject({ runsArchived: 0, runsDeleted: 2 });
  expect(report.bytesReclaimed).toBeGreaterThan(0);
  expect(await runsOf('INCLUDE')).toEqual(sorted(young));
  expect(await storedFiles(server)).toHaveLength(files.length - 2);
  await following;
  expect(deleted).toEqual(new Set([old.id, archived.id]));
});

test('a run whose model is pinned or has an alias, or whose dataset is pinned, stays as it is, however old', async () => {
  const other = (await uploadDataset(client, flowersCsv(70), { name: 'pinned', pinned: true })).id;
  const [ofModel, ofDataset, unpinned, named] = [
    await oldRun(400),
    await oldRun(400, { of: other }),
    await oldRun(400),
    await oldRun(400),
  ];
  await client.execute('mutation ($id: ID!) { setModelAlias(name: "champion", artifactId: $id) { name } }', {
    id: named.artifact?.id,
  });
  await client.execute('mutation ($id: ID!) { pinArtifact(id: $id, pinned: true) { id } }', {
    id: ofModel.artifact?.id,
  });
  expect(await sweep('archive')).toMatchObject({ runsArchived: 1 });
  expect(await runsOf('EXCLUDE')).toEqual(sorted(ofModel, ofDataset, named));
  expect(await sweep('delete')).toMatchObject({ runsDeleted: 1 });
  expect(await runsOf('INCLUDE')).toEqual(sorted(ofModel, ofDataset, named));
  expect(await runsOf('INCLUDE')).not.toContain(unpinned.id);
});

test('a run that has not ended stays, however long ago it began', async () => {
  const { id } = await oldRun(1);
  const active = { ...OWN, finished_at: null, end_reason: null, metrics: null, baseline: null };
  const began = { created_at: '2020-01-01T00:00:00Z', started_at: '2020-01-01T00:00:00Z' };
  const changes = { ...active, ...began, status: 'RUNNING', stage: 'FITTING', progress: 0.5 };
  const [running = ''] = await copyRow(server.database.owner, 'training_runs', id, [changes]);
  for (const action of ['archive', 'delete'] as const) {
    expect(await sweep(action)).toMatchObject({ runsArchived: 0, runsDeleted: 0 });
  }
  expect(await runsOf('EXCLUDE')).toContain(running);
});

test('without TRAINING_RUN_TTL_DAYS no run is ever archived or deleted', async () => {
  const old = await oldRun(3_000);
  await runSweep(server.config, server.access, false, createLogger('silent', 'sweep'));
  expect(await runsOf('EXCLUDE')).toEqual(sorted(old));
});
