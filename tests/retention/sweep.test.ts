import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { runSweep } from '../../src/processes/retention-jobs.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { datasetOf, deletionOf, removeDataset } from '../support/deletions.ts';
import { eventually } from '../support/eventually.ts';
import { expectError } from '../support/expect-error.ts';
import { holdWrites } from '../support/hold-writes.ts';
import {
  endOfRun,
  startTraining,
  type TestDataset,
  train,
  uploadDataset,
  workspaceIdOf,
} from '../support/operations.ts';
import { countedFiles, storedFiles } from '../support/stored-files.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

/** What the log tells of a sweep, as far as the tests ask. */
interface Report {
  readonly workspaces: number;
  readonly failed: number;
  readonly files: number;
  readonly orphans: number;
  readonly unknownWorkspaces: number;
  readonly orphansRemoved: number;
  readonly unreferencedRemoved: number;
  readonly bytesReclaimed: number;
  readonly missing: number;
  readonly missingKeys: readonly string[];
  readonly deletionsFinished: number;
  readonly deletionsForgotten: number;
  readonly trainingFilesRemoved: number;
}

let server: TestServer;
let client: TestClient;
let workspaceId: string;
let dataset: TestDataset;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  workspaceId = await workspaceIdOf(client);
  dataset = await uploadDataset(client, flowersCsv());
  await train(client, { datasetId: dataset.id, algorithm: 'DECISION_TREE' });
});

afterAll(async () => {
  expect(await storedFiles(server)).toEqual(await countedFiles(server));
  await server.close();
});

/** Runs the command. */
async function sweep(isDryRun = false): Promise<Report> {
  const lines: string[] = [];
  const logger = createLogger('info', 'sweep', { write: (line) => void lines.push(line) });
  await runSweep(server.config, server.access, isDryRun, logger);
  const [report] = lines.flatMap((line) => (JSON.parse(line) as { report?: Report }).report ?? []);
  if (report === undefined) throw new Error(`The sweep told nothing: ${lines.join('')}`);
  return report;
}

/** Stores a file that no row counts, as it was written some days ago; gives its path. */
async function orphan(
  text: string,
  days: number,
  owner = workspaceId,
): Promise<{ readonly path: string; readonly sha256: string }> {
  const sha256 = createHash('sha256').update(text).digest('hex');
  const path = join(server.config.DATA_DIRECTORY, 'blobs', owner, sha256);
  await writeFile(path, text);
  const at = new Date(Date.now() - days * 24 * 60 * 60 * 1000);
  await utimes(path, at, at);
  return { path, sha256 };
}

/** Lets the orphans that are known have been found some days ago. */
async function foundDaysAgo(days: number): Promise<void> {
  await server.database.owner`update orphan_files set seen_at = now() - ${`${days} days`}::interval`;
}

const NOTHING_DONE = { orphansRemoved: 0, unreferencedRemoved: 0, bytesReclaimed: 0, missing: 0, failed: 0 };

test('where store and database agree a sweep removes nothing', async () => {
  const files = await storedFiles(server);
  expect(await sweep()).toMatchObject({ ...NOTHING_DONE, files: files.length, orphans: 0 });
  expect(await storedFiles(server)).toEqual(files);
});

test('a file without a row is removed once it has been known for the time of grace, and not before', async () => {
  const counted = await storedFiles(server);
  await orphan('left behind', 30);
  expect(await sweep(true)).toMatchObject({ ...NOTHING_DONE, orphans: 1 });
  // The dry run has recorded nothing; this is what finds it first.
  expect(await sweep()).toMatchObject({ ...NOTHING_DONE, orphans: 1 });
  expect(await sweep()).toMatchObject({ ...NOTHING_DONE, orphans: 1 });
  await foundDaysAgo(4);
  expect(await sweep(true)).toMatchObject({ orphans: 1, orphansRemoved: 1, bytesReclaimed: 11 });
  expect(await storedFiles(server)).toHaveLength(counted.length + 1);
  expect(await sweep()).toMatchObject({ orphans: 1, orphansRemoved: 1, bytesReclaimed: 11 });
  expect(await storedFiles(server)).toEqual(counted);
  expect(await sweep()).toMatchObject({ orphans: 0 });
});

test('a young file without a row stays, however long another one of its name was known', async () => {
  const { path } = await orphan('young', 0);
  await sweep();
  await foundDaysAgo(4);
  expect(await sweep()).toMatchObject({ ...NOTHING_DONE, orphans: 1 });
  // What has got a row meanwhile, or is gone, is no orphan any more.
  await rename(path, join(server.config.DATA_DIRECTORY, 'temporary', 'away'));
  await sweep();
  expect([...(await server.database.owner`select sha256 from orphan_files`)]).toEqual([]);
});

test('the files of a workspace that the database does not know go after the time of grace, and its new files stay', async () => {
  const unknown = randomUUID();
  const folder = join(server.config.DATA_DIRECTORY, 'blobs', unknown);
  await mkdir(folder);
  const old = await orphan('of nobody', 30, unknown);
  const young = await orphan('of nobody, and young', 0, unknown);
  // What is no file of ours is left alone.
  await writeFile(join(folder, 'readme.txt'), 'of somebody else');
  await mkdir(join(server.config.DATA_DIRECTORY, 'blobs', 'lost+found'));
  expect(await sweep()).toMatchObject({ ...NOTHING_DONE, orphans: 2, unknownWorkspaces: 1 });
  await foundDaysAgo(4);
  expect(await sweep(true)).toMatchObject({ orphans: 2, orphansRemoved: 1, bytesReclaimed: 9 });
  expect((await readdir(folder)).sort()).toEqual([old.sha256, 'readme.txt', young.sha256].sort());
  expect(await sweep()).toMatchObject({ orphans: 2, orphansRemoved: 1, bytesReclaimed: 9, failed: 0 });
  expect((await readdir(folder)).sort()).toEqual(['readme.txt', young.sha256].sort());
  await rm(folder, { recursive: true });
  await sweep();
  expect([...(await server.database.owner`select sha256 from blobs where workspace_id = ${unknown}`)]).toEqual([]);
});

test('a row whose file is missing is reported and stays', async () => {
  const [row] = await server.database.owner`select sha256 from datasets where id = ${dataset.id}`;
  const key = `${workspaceId}/${String(row?.['sha256'])}`;
  const path = join(server.config.DATA_DIRECTORY, 'blobs', key);
  const away = join(server.config.DATA_DIRECTORY, 'away');
  await rename(path, away);
  expect(await sweep()).toMatchObject({ missing: 1, missingKeys: [key] });
  expect(await datasetOf(client, dataset.id)).not.toBeNull();
  await rename(away, path);
  expect(await sweep()).toMatchObject({ missing: 0, missingKeys: [] });
});

test('a file whose removal was interrupted after its last reference had gone is removed', async () => {
  const { sha256 } = await orphan('interrupted', 0);
  await server.database.owner`insert into blobs (workspace_id, sha256, size_bytes, reference_count)
    values (${workspaceId}, ${sha256}, 11, 0)`;
  expect(await sweep(true)).toMatchObject({ unreferencedRemoved: 1, bytesReclaimed: 11 });
  expect(await sweep()).toMatchObject({ unreferencedRemoved: 1, bytesReclaimed: 11, orphans: 0 });
  expect(await storedFiles(server)).toEqual(await countedFiles(server));
});

test('files of a training on several hosts stay while it goes on, and are removed once it has ended without its worker', async () => {
  const { owner } = server.database;
  const release = await holdWrites(server, 'training_evaluations');
  let runId: string;
  try {
    runId = await startTraining(client, { datasetId: dataset.id, algorithm: 'DECISION_TREE' });
    const { sha256 } = await orphan('a shard', 0);
    await owner`insert into blobs (workspace_id, sha256, size_bytes, reference_count) values (${workspaceId}, ${sha256}, 7, 1)`;
    await owner`insert into training_files (workspace_id, run_id, sha256) values (${workspaceId}, ${runId}, ${sha256})`;
    expect(await sweep()).toMatchObject({ ...NOTHING_DONE, trainingFilesRemoved: 0 });
    expect(await storedFiles(server)).toContain(`${workspaceId}/${sha256}`);
  } finally {
    await release();
  }
  await endOfRun(client, runId);
  expect(await sweep(true)).toMatchObject({ trainingFilesRemoved: 0 });
  expect(await sweep()).toMatchObject({ trainingFilesRemoved: 1, orphans: 0, missing: 0 });
  expect([...(await owner`select sha256 from training_files`)]).toEqual([]);
  expect(await storedFiles(server)).toEqual(await countedFiles(server));
});

test('a deletion that a process has left undone is finished, and one that ended long ago is forgotten', async () => {
  const { owner } = server.database;
  const undone = await uploadDataset(client, flowersCsv(80), { name: 'undone' });
  await train(client, { datasetId: undone.id, algorithm: 'DECISION_TREE' });
  await owner`update datasets set deleted_at = now() where id = ${undone.id}`;
  await owner`update training_runs set deleted_at = now() where dataset_id = ${undone.id}`;
  await owner`update artifacts set deleted_at = now() where run_id in (select id from training_runs where dataset_id = ${undone.id})`;
  await owner`insert into dataset_deletions (id, workspace_id, status, requested_at)
    values (${undone.id}, ${workspaceId}, 'DELETING', now() - interval '2 hours')`;
  const old = await uploadDataset(client, flowersCsv(81), { name: 'old' });
  await removeDataset(client, old.id);
  await owner`update dataset_deletions set finished_at = now() - interval '31 days' where id = ${old.id}`;
  expect(await sweep()).toMatchObject({ deletionsFinished: 1, deletionsForgotten: 1 });
  expect(await deletionOf(client, undone.id)).toMatchObject({ status: 'DELETED', filesRemoved: 3, runsDeleted: 1 });
  const { errors } = await client.request('query ($id: ID!) { datasetDeletion(id: $id) { id } }', { id: old.id });
  expectError(errors, 'NOT_FOUND');
});

test('the schedule sweeps all workspaces', async () => {
  const { sha256 } = await orphan('of the night', 0);
  await server.database.owner`insert into blobs (workspace_id, sha256, size_bytes, reference_count)
    values (${workspaceId}, ${sha256}, 12, 0)`;
  await server.database.owner`insert into pgboss.job (name, data) values ('sweep', '{}')`;
  await eventually(async () => expect(await storedFiles(server)).toEqual(await countedFiles(server)));
});
