import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import type { BlobStore } from '../../src/platform/blob-store/blob-store.ts';
import { openBlobStore } from '../../src/platform/blob-store/open-blob-store.ts';
import { type JobClient, openJobClient } from '../../src/platform/jobs/jobs.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { runSweep } from '../../src/processes/retention-jobs.ts';
import { SeededRandom } from '../chaos/seeded-random.ts';
import { startProgram } from '../processes/command.ts';
import { copyDataset, copyRow, ENDED, OWN } from '../support/copied-rows.ts';
import { deleteIn, removalOf } from '../support/crash-deletion.ts';
import { CrashingProcess } from '../support/crashing-process.ts';
import { flowersCsv } from '../support/csv-files.ts';
import type { DeletionTask } from '../support/deleting-process.ts';
import { deletionOf, removeDataset } from '../support/deletions.ts';
import { train, uploadDataset, workspaceIdOf } from '../support/operations.ts';
import { countedFiles, storedFiles } from '../support/stored-files.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const SEED = 20_260_730;
const POINTS = 100;
const POINTS_PER_TEST = 20;

const logger = createLogger('silent', 'crash');

/** Processes that are killed: each takes a second to start. */
const KILLS = Number(process.env['TRAINYARD_KILLS'] ?? 6);
const KILLS_PER_TEST = 10;

let server: TestServer;
let client: TestClient;
let workspaceId: string;
let viewer: Viewer;
let template: { readonly datasetId: string; readonly runId: string; readonly artifactId: string };
let store: BlobStore;
let jobs: JobClient;
let copies = 0;

beforeAll(async () => {
  server = await startTestServer();
  const owner = await server.signUp();
  workspaceId = await workspaceIdOf(owner);
  const { createApiKey } = await owner.execute<{ createApiKey: { key: string } }>(
    'mutation { createApiKey(input: { name: "the test" }) { key } }',
  );
  // The session's token would expire within a hundred kills.
  client = new TestClient(server.url, createApiKey.key);
  viewer = {
    workspaceId,
    userId: randomUUID(),
    membershipId: '',
    role: 'OWNER',
    sessionId: '',
    apiKeyId: null,
    outside: null,
  };
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const run = await train(client, { datasetId, algorithm: 'DECISION_TREE' });
  template = { datasetId, runId: run.id, artifactId: run.artifact?.id ?? 'none' };
  store = await openBlobStore(server.config);
  jobs = await openJobClient(server.access, logger);
});

afterAll(async () => {
  await jobs.close();
  await store.close();
  await server.close();
});

/** Stores some bytes of their own, which so many rows are going to refer to; gives their hash. */
async function storeFile(text: string, references: number): Promise<string> {
  const sha256 = createHash('sha256').update(text).digest('hex');
  await writeFile(join(server.config.DATA_DIRECTORY, 'blobs', workspaceId, sha256), text);
  await server.database.owner`insert into blobs (workspace_id, sha256, size_bytes, reference_count)
    values (${workspaceId}, ${sha256}, ${text.length}, ${references})`;
  return sha256;
}

interface MadeDataset {
  readonly id: string;
  /** Files that nothing else refers to. */
  readonly own: readonly string[];
  /** A model's file to which something else refers too. */
  readonly shared: string;
  readonly bytes: number;
}

/** A dataset with three runs, two of which have the same model. */
async function makeDataset(): Promise<MadeDataset> {
  const { owner } = server.database;
  copies += 1;
  const name = `crash ${copies}`;
  const texts = [`${name}: file`, `${name}: table`, `${name}: model`];
  const [file, table, model] = [
    await storeFile(texts[0] ?? '', 1),
    await storeFile(texts[1] ?? '', 1),
    await storeFile(texts[2] ?? '', 2),
  ];
  const shared = await storeFile(`${name}: shared`, 2);
  const change = {
    name,
    version: 1,
    sha256: file,
    table_sha256: table,
    idempotency_key: null,
    idempotency_fingerprint: null,
  };
  const [id = ''] = await copyDataset(owner, template.datasetId, [{ ...change, size_bytes: texts[0]?.length }]);
  const run = { ...OWN, ...ENDED.SUCCEEDED, dataset_id: id, dataset_name: name };
  const runs = await copyRow(owner, 'training_runs', template.runId, [run, run, run]);
  const models = [model, model, shared];
  await copyRow(
    owner,
    'artifacts',
    template.artifactId,
    runs.map((run_id, index) => ({ run_id, sha256: models[index], size_bytes: texts[2]?.length })),
  );
  return { id, own: [file, table, model], shared, bytes: texts.join('').length };
}

/** Begins a deletion in a process that ends at a point; gives how many points it has passed. */
async function deleteUntil(id: string, crashAt: number): Promise<CrashingProcess> {
  const process = new CrashingProcess(server.access, crashAt);
  await deleteIn(process, store, jobs, viewer, id);
  await process.close();
  return process;
}

/** Takes a deletion up in another process, which ends at a point too. */
async function removeUntil(id: string, crashAt: number): Promise<void> {
  const process = new CrashingProcess(server.access, crashAt);
  const removal = removalOf(process, store, jobs);
  await removal.carryOut({ id, workspaceId }).catch((error: unknown) => process.rethrowUnlessCrashed(error));
  await process.close();
}

/** Begins a deletion in a process of its own, which is killed while it stands at a point; false where it has passed all of them. */
async function deleteUntilKilled(id: string, holdAt: number): Promise<boolean> {
  const task: DeletionTask = {
    access: server.access,
    directory: server.config.DATA_DIRECTORY,
    viewer,
    datasetId: id,
    holdAt,
  };
  const program = join(import.meta.dirname, '../support/deleting-process.ts');
  const child = startProgram(process.execPath, [program], { TRAINYARD_TEST_DELETION: JSON.stringify(task) });
  const said = await child.printed(/^(held|not held)$/m);
  if (said === 'held') child.process.kill('SIGKILL');
  expect(await child.ended).toBe(said === 'held' ? 'SIGKILL' : 0);
  return said === 'held';
}

interface Served {
  readonly dataset: {
    readonly downloadUrl: string;
    readonly trainingRuns: { readonly nodes: readonly ServedRun[] };
  } | null;
}

interface ServedRun {
  readonly artifact: { readonly modelUrl: string } | null;
}

/** Whether the dataset is served: then all that is served of it has its file. */
async function isServedWhole(id: string): Promise<boolean> {
  const { dataset } = await client.execute<Served>(
    'query ($id: ID!) { dataset(id: $id) { downloadUrl trainingRuns { nodes { artifact { modelUrl } } } } }',
    { id },
  );
  if (dataset === null) return false;
  const urls = dataset.trainingRuns.nodes.map(({ artifact }) => artifact?.modelUrl ?? '');
  const answers = await Promise.all([dataset.downloadUrl, ...urls].map(async (url) => (await fetch(url)).status));
  expect(answers).toEqual([200, 200, 200, 200]);
  return true;
}

/** What is left of a dataset in the database, by table. */
async function rowsOf(id: string): Promise<string[]> {
  const rows = await server.database.owner<{ kind: string }[]>`
    select 'dataset' as kind from datasets where id = ${id}
    union all select 'run' from training_runs where dataset_id = ${id}
    union all select 'file' from deletion_files where deletion_id = ${id}
    union all select 'job' from pgboss.job where name = 'remove-dataset' and data ->> 'datasetId' = ${id}`;
  return rows.map(({ kind }) => kind);
}

/** The sweep of an hour later. */
async function sweep(id: string): Promise<void> {
  await server.database
    .owner`update dataset_deletions set requested_at = requested_at - interval '2 hours' where id = ${id}`;
  await runSweep(server.config, server.access, false, logger);
}

let points = 0;

test('a deletion that no crash ends removes rows and files, and says how many', async () => {
  const { id, bytes, own, shared } = await makeDataset();
  const process = await deleteUntil(id, Number.POSITIVE_INFINITY);
  points = process.points;
  expect(points).toBeGreaterThan(POINTS);
  expect(await deletionOf(client, id)).toMatchObject({
    ...{ status: 'DELETED', filesRemoved: 3, filesMissing: 0, bytesReclaimed: bytes, runsDeleted: 3 },
  });
  expect(await rowsOf(id)).toEqual([]);
  const files = await storedFiles(server);
  expect(files.filter((path) => own.some((sha256) => path.endsWith(sha256)))).toEqual([]);
  expect(files).toContain(`${workspaceId}/${shared}`);
});

const tests = Array.from({ length: POINTS / POINTS_PER_TEST }, (_, index) => index);

test.each(tests)(
  'after a crash at 20 of 100 points nothing is served whose file is gone, and the next sweep finishes it (%d)',
  async (index) => {
    const random = new SeededRandom(SEED, `crash ${index}`);
    for (let trial = 0; trial < POINTS_PER_TEST; trial += 1) {
      const crashAt = random.whole(1, points);
      const made = await makeDataset();
      const { id, bytes } = made;
      await deleteUntil(id, crashAt);
      const isThere = await isServedWhole(id);
      // Who takes it up crashes too, somewhere.
      if (!isThere) await removeUntil(id, random.whole(1, points));
      expect(await isServedWhole(id)).toBe(isThere);
      if (isThere) await removeDataset(client, id);
      else await sweep(id);
      expect(await deletionOf(client, id), `crash at ${crashAt}`).toMatchObject({
        ...{ status: 'DELETED', filesRemoved: 3, filesMissing: 0, bytesReclaimed: bytes, runsDeleted: 3 },
      });
      expect(await rowsOf(id), `crash at ${crashAt}`).toEqual([]);
      expect(await storedFiles(server), `crash at ${crashAt}`).toEqual(await countedFiles(server));
    }
  },
);

const killTests = Array.from({ length: Math.ceil(KILLS / KILLS_PER_TEST) }, (_, index) => index);

test.each(killTests)(
  'a process that is killed in the middle of a deletion leaves nothing served whose file is gone, and the next sweep finishes it (%d)',
  async (index) => {
    const random = new SeededRandom(SEED, `kill ${index}`);
    const wanted = Math.min(KILLS_PER_TEST, KILLS - index * KILLS_PER_TEST);
    let kills = 0;
    while (kills < wanted) {
      const holdAt = random.whole(1, points);
      const { id, bytes } = await makeDataset();
      // The number of points differs by one or two from process to process.
      if (await deleteUntilKilled(id, holdAt)) kills += 1;
      const isThere = await isServedWhole(id);
      if (isThere) await removeDataset(client, id);
      else await sweep(id);
      expect(await deletionOf(client, id), `killed at ${holdAt}`).toMatchObject({
        ...{ status: 'DELETED', filesRemoved: 3, filesMissing: 0, bytesReclaimed: bytes, runsDeleted: 3 },
      });
      expect(await rowsOf(id), `killed at ${holdAt}`).toEqual([]);
      expect(await storedFiles(server), `killed at ${holdAt}`).toEqual(await countedFiles(server));
    }
  },
);
