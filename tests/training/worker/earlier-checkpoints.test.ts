import { randomBytes, randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { expect, inject, onTestFinished, test } from 'vitest';
import { APP_ROLE } from '../../../src/platform/postgres/app-role.ts';
import { openDatabase } from '../../../src/platform/postgres/database.ts';
import { migrate } from '../../../src/platform/postgres/migrate.ts';
import { JOBS } from '../../../src/processes/jobs.ts';
import { findRun } from '../../../src/training/runs/training-run.store.ts';
import { readCheckpoint } from '../../../src/training/worker/save-checkpoint.ts';
import { findCheckpoint } from '../../../src/training/worker/training-checkpoint.store.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';

const MIGRATIONS = join(import.meta.dirname, '../../../drizzle');

/** The last migration of the version that kept a checkpoint in one row. */
const BEFORE = '0006_evaluations';

/** Brings an empty database to the shape that it had after one of the migrations. */
async function migrateUpTo(owner: postgres.Sql, last: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-migrations-'));
  await cp(MIGRATIONS, folder, { recursive: true });
  const file = join(folder, 'meta/_journal.json');
  const journal = JSON.parse(await readFile(file, 'utf8')) as { entries: { tag: string }[] };
  const count = journal.entries.findIndex(({ tag }) => tag === last) + 1;
  expect(count).toBeGreaterThan(0);
  await writeFile(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
  await runMigrations(drizzle(owner), { migrationsFolder: folder });
  await rm(folder, { recursive: true });
}

/** A run that was cut short, with its checkpoint, as that version left them. */
function earlierRun() {
  const [id, workspace_id] = [randomUUID(), randomUUID()];
  const run = {
    ...{ id, workspace_id, dataset_id: randomUUID(), dataset_name: 'flowers', dataset_version: 1, target: 'kind' },
    ...{ task: 'CLASSIFICATION', algorithm: 'GRADIENT_BOOSTING', features: ['a'], parameters: {}, split: {} },
    ...{ status: 'RUNNING', stage: 'FITTING', progress: 0.5, attempt: 2, lost_attempts: 1, last_seq: 7 },
    ...{ curve: [], feature_importances: [], warnings: [], created_at: '2026-01-01', started_at: '2026-01-01' },
  };
  const checkpoint = {
    run_id: id,
    workspace_id,
    attempt: 2,
    saved_at: '2026-01-01',
    progress: 0.5,
    trained_seconds: 3,
  };
  return { run, checkpoint, bytes: randomBytes(3_000_000) };
}

test('an upgraded worker resumes from checkpoints of a version that stored each in one row', async () => {
  const name = `earlier_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const url = new URL(inject('templateUrl'));
  const admin = endsWithTest(postgres(Object.assign(new URL(url), { pathname: '/template1' }).href, { max: 1 }), 'end');
  onTestFinished(async () => {
    await admin.unsafe(`drop database if exists ${name} with (force)`);
    await admin.unsafe(`drop role if exists ${name}`);
  });
  await admin.unsafe(`create role ${name} login password 'operator'`);
  await admin.unsafe(`grant ${APP_ROLE} to ${name} with admin option`);
  await admin.unsafe(`create database ${name} owner ${name}`);
  url.pathname = name;
  const superuser = endsWithTest(postgres(url.href, { max: 1, onnotice: () => undefined }), 'end');
  // An owner whom row-level security holds for.
  [url.username, url.password] = [name, 'operator'];
  const owner = endsWithTest(postgres(url.href, { max: 1, onnotice: () => undefined }), 'end');
  await migrateUpTo(owner, BEFORE);
  await owner.end();

  const [first, second] = [earlierRun(), earlierRun()];
  // Users, datasets and files are not what is looked at.
  await superuser`set session_replication_role = replica`;
  for (const { run, checkpoint, bytes } of [first, second]) {
    await superuser`insert into training_runs
      select * from jsonb_populate_record(null::training_runs, ${superuser.json(run)})`;
    await superuser`insert into training_checkpoints ${superuser({ ...checkpoint, bytes })}`;
  }
  await superuser.end();

  const access = { ownerUrl: url.href, appUrl: url.href, appRole: APP_ROLE };
  await migrate(access, JOBS, null);
  const database = endsWithTest(openDatabase(access, 2));
  for (const { run, bytes } of [first, second]) {
    const [checkpoint, found] = await database.transaction({ workspaceId: run.workspace_id }, async (tx) => [
      await findCheckpoint(tx, run),
      await findRun(tx, run.id),
    ]);
    expect(checkpoint).toMatchObject({ attempt: 2, progress: 0.5, trainedSeconds: 3, partCount: 1 });
    if (checkpoint === null) throw new Error('It is gone.');
    expect(bytes.equals(await readCheckpoint(database, checkpoint))).toBe(true);
    expect(found).toMatchObject({ status: 'RUNNING', attempt: 2, lostAttempts: 1, lastLostAttempt: null });
  }
});
