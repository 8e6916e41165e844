import { createHash, randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase, type Scope, type Transaction } from '../../src/platform/postgres/database.ts';
import { findPlannedRun } from '../../src/training/runs/training-run.store.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { readTables } from './read-tables.ts';
import { type Known, type Store, storeCalls } from './store-calls.ts';

/** The functions whose statements name no workspace, each with its reason. */
const WITHOUT_WORKSPACE: Readonly<Record<string, string>> = {
  findActiveMembership: 'a token’s user, in the workspace that it names, before anybody acts for that',
  listActiveClaims: 'the same for many tokens of one user',
  listMembershipsOfUser: 'signing in: which workspaces the user belongs to',
  deleteOldSteps: 'maintenance: old steps of all workspaces',
  listExpiredUploads: 'maintenance: uploads of all workspaces that were not completed',
  deleteOldUploads: 'maintenance: uploads of all workspaces that ended long ago',
  insertRefusedSignIn: 'signing in: every workspace of the user is told that it failed',
  deleteOldAuditEntries: 'maintenance: old entries of all workspaces',
  revokeKeysOfUser: 'a password reset: the keys of a user in all workspaces',
  listWorkspaces: 'maintenance: which workspaces there are',
};

/** Functions of other stores that speak of users, or make a workspace. */
const OF_USERS = [
  'listMembershipsOfUser',
  'insertRefusedSignIn',
  'insertAuditEntryOfMember',
  'insertWorkspace',
  'revokeKeysOfUser',
];

/** Rows of people, which only name the workspace that somebody is in. */
const OF_PEOPLE: readonly string[] = ['sessions'];

const FILES = globSync('src/**/*.store.ts').sort();

let server: TestServer;
let app: postgres.Sql;
let database: Database;
let theirs: Known;
let own: Known;
let stores: Map<string, Store>;
let tenantTables: string[];

beforeAll(async () => {
  server = await startTestServer({}, { access: (own) => own.withoutRowSecurity() });
  app = postgres(server.access.appUrl, { max: 1, onnotice: () => undefined });
  database = openDatabase(server.access, 1);
  theirs = await fillWorkspace(await server.signUp());
  own = await fillWorkspace(await server.signUp());
  const modules = FILES.map(async (file) => [file.slice('src/'.length), await import(resolve(file))] as const);
  stores = new Map(await Promise.all(modules));
  tenantTables = Object.values(await readTables()).flatMap((table) =>
    is(table, PgTable) && 'workspaceId' in getTableColumns(table) && !OF_PEOPLE.includes(getTableName(table))
      ? [getTableName(table)]
      : [],
  );
});

afterAll(async () => {
  await app.end();
  await database.close();
  await server.close();
});

/** A workspace with all that can be had in one. */
async function fillWorkspace(client: TestClient): Promise<Known> {
  const { owner } = server.database;
  const { viewer } = await client.execute<{
    viewer: { id: string; workspace: { id: string }; user: { id: string; email: string } };
  }>('{ viewer { id workspace { id } user { id email } } }');
  const { id: datasetId, name: datasetName } = await uploadDataset(client, flowersCsv(), { idempotencyKey: 'k' });
  const input = { datasetId, algorithm: 'BASELINE' };
  const { id: runId, artifact } = await train(client, { ...input, idempotencyKey: 'k' });
  const { id: retryId } = await train(client, input);
  const workspaceId = viewer.workspace.id;
  await owner`delete from artifacts where run_id = ${retryId}`;
  await owner`delete from training_evaluations where run_id = ${retryId}`;
  await owner`update training_runs set retry_of = ${runId} where id = ${retryId}`;
  // Running, so that what changes a run finds one that may change; with a checkpoint.
  await owner`update training_runs set status = 'RUNNING', attempt = 1, finished_at = null, end_reason = null, metrics = null,
    baseline = null where id = ${runId}`;
  const saveId = randomUUID();
  await owner`insert into training_checkpoints (run_id, workspace_id, attempt, saved_at, progress, trained_seconds, save_id, part_count)
    values (${runId}, ${workspaceId}, 1, now(), 0.1, 1, ${saveId}, 1)`;
  await owner`insert into training_checkpoint_parts (run_id, workspace_id, attempt, save_id, part, bytes)
    values (${runId}, ${workspaceId}, 1, ${saveId}, 0, '')`;
  const deletionId = randomUUID();
  await owner`insert into dataset_deletions (id, workspace_id, status, requested_at, restorable_until)
    values (${deletionId}, ${workspaceId}, 'RESTORABLE', now(), now())`;
  await owner`insert into deletion_files (deletion_id, workspace_id, sha256, size_bytes, reference_count)
    select ${deletionId}, ${workspaceId}, sha256, 1, 1 from blobs where workspace_id = ${workspaceId}`;
  const [session] = await owner`select id from sessions where user_id = ${viewer.user.id}`;
  const run = await database.transaction({ workspaceId }, (tx) => findPlannedRun(tx, runId));
  if (!run?.jobId) throw new Error('The run has no job.');
  const invitationId = randomUUID();
  const tokenHash = createHash('sha256').update(workspaceId).digest('hex');
  await owner`insert into invitations (id, workspace_id, email, role, token_hash, created_at, expires_at)
    values (${invitationId}, ${workspaceId}, 'invited@example.com', 'EDITOR', ${tokenHash}, now(), now() + interval '1 day')`;
  const apiKeyId = randomUUID();
  await owner`insert into api_keys (id, workspace_id, created_by, name, prefix, key_hash, role, created_at)
    values (${apiKeyId}, ${workspaceId}, ${viewer.user.id}, 'a', 'try_a', ${tokenHash}, 'EDITOR', now())`;
  const uploads = await fillUploads(workspaceId, run.jobId);
  const batches = await fillBatches({ workspaceId, datasetId, artifactId: artifact?.id ?? '', jobId: run.jobId });
  const [blob] = await owner`select sha256 from blobs where workspace_id = ${workspaceId}`;
  return {
    ...{ workspaceId, userId: viewer.user.id, email: viewer.user.email, sessionId: session?.['id'] as string },
    ...{ membershipId: viewer.id, invitationId, tokenHash, apiKeyId, keyHash: tokenHash },
    ...{ datasetId, datasetName, deletionId, runId, retryId, jobId: run.jobId, artifactId: artifact?.id ?? '' },
    ...{ sha256: blob?.['sha256'] as string, key: 'k', saveId, run },
    ...{ ...uploads, ...batches },
  };
}

/** An upload that is being read, and one whose file was refused. */
async function fillUploads(workspaceId: string, jobId: string) {
  const { owner } = server.database;
  const [uploadId, refusedUploadId] = [randomUUID(), randomUUID()];
  const shared = owner`${workspaceId}, 'a.csv', 1, 1, '{}'::jsonb, 0, 1, 0, 1, now(), now() + interval '1 day'`;
  const columns = owner`workspace_id, filename, size_bytes, part_size_bytes, options, progress, attempt, lost_attempts, last_seq,
    created_at, expires_at`;
  await owner`insert into upload_sessions (id, status, idempotency_key, job_id, ${columns})
    values (${uploadId}, 'READING', 'k', ${jobId}, ${shared})`;
  await owner`insert into upload_sessions (id, status, report, finished_at, ${columns})
    values (${refusedUploadId}, 'REFUSED', '{}'::jsonb, now(), ${shared})`;
  await owner`insert into upload_report_pieces (session_id, workspace_id, piece, first, column_count, bytes)
    values (${refusedUploadId}, ${workspaceId}, -1, 0, 1, '')`;
  // Of the same id as the upload.
  await owner`insert into upload_slots (id, workspace_id, expires_at) values (${uploadId}, ${workspaceId}, now())`;
  return { uploadId, refusedUploadId, uploadKey: 'k' };
}

/** A batch prediction that is running, and one that has a file. */
async function fillBatches(of: Pick<Known, 'workspaceId' | 'datasetId' | 'artifactId' | 'jobId'>) {
  const { workspaceId, datasetId, artifactId, jobId } = of;
  const { owner } = server.database;
  const [batchId, endedBatchId] = [randomUUID(), randomUUID()];
  const columns = owner`workspace_id, dataset_id, artifact_id, contributions, progress, attempt, lost_attempts, last_seq, preview,
    warnings, created_at`;
  const shared = owner`${workspaceId}, ${datasetId}, ${artifactId}, 0, 0, 1, 0, 1, '[]'::jsonb, '[]'::jsonb, now()`;
  await owner`insert into batch_predictions (id, status, stage, job_id, idempotency_key, idempotency_fingerprint, ${columns})
    values (${batchId}, 'RUNNING', 'FITTING', ${jobId}, 'k', 'f', ${shared})`;
  await owner`insert into batch_predictions (id, status, stage, finished_at, sha256, size_bytes, ${columns})
    select ${endedBatchId}, 'SUCCEEDED', 'DONE', now(), sha256, 1, ${shared} from blobs where workspace_id = ${workspaceId} limit 1`;
  return { batchId, endedBatchId };
}

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Makes one call in a transaction that is rolled back; gives its statements, what came of it, and what stood afterwards. */
async function call(scope: Scope, work: (tx: Transaction) => Promise<unknown>) {
  const statements: Statement[] = [];
  const logged = drizzle(app, { logger: { logQuery: (text, values) => void statements.push({ text, values }) } });
  let result: unknown;
  let after = '';
  const rolledBack = new Error('rolled back');
  const attempt = logged.transaction(async (tx) => {
    result = await tx.transaction((inner) => work(Object.assign(inner, { scope }))).catch((error: unknown) => error);
    after = await rowsOf(tx, theirs.workspaceId);
    throw rolledBack;
  });
  await attempt.catch((error: unknown) => {
    if (error !== rolledBack) throw error;
  });
  return { statements: statements.filter(({ text }) => !text.includes('md5(')), result, after };
}

/** A hash of all rows of a workspace. */
async function rowsOf(tx: Pick<Transaction, 'execute'>, workspaceId: string): Promise<string> {
  const parts = tenantTables.map(
    (table) => `select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as rows from ${table} t
      where workspace_id = '${workspaceId}'`,
  );
  return JSON.stringify(await tx.execute(parts.join(' union all ')));
}

/** The tenants' tables that a statement reads or writes, and how often it names the workspace of one. */
function wallsOf({ text }: Statement): { tables: number; workspaces: number } {
  const names = tenantTables.join('|');
  const uses = new RegExp(`\\b(?:from|join|update|into)\\s+"?(?:${names})"?(?!["\\w.])`, 'gi');
  const inserted = /^\s*insert into [^(]*\([^)]*\bworkspace_id\b/i.test(text) ? 1 : 0;
  const conditions = text.match(/\bworkspace_id"? (?:=|in) ?\(?(?:\$\d+|"?\w+"?\."?workspace_id)/gi)?.length ?? 0;
  return { tables: text.match(uses)?.length ?? 0, workspaces: inserted + conditions };
}

/** What a store could show of the other workspace: anything that bears its id, or one of its rows'. */
function shows(result: unknown, { workspaceId, datasetId, runId, artifactId, retryId, userId }: Known): string[] {
  const text = JSON.stringify(result, (_, value: unknown) => (value instanceof Error ? 'an error' : value)) ?? '';
  return [workspaceId, datasetId, runId, artifactId, retryId, userId].filter((id) => text.includes(id));
}

test('every function of every store is called here', () => {
  const exported = [...stores].flatMap(([file, store]) =>
    Object.entries(store).flatMap(([name, value]) =>
      typeof value === 'function' && !isHelper(value) ? [`${file} ${name}`] : [],
    ),
  );
  const called = Object.entries(storeCalls(own)).flatMap(([file, calls]) =>
    Object.keys(calls).map((name) => `${file} ${name}`),
  );
  expect(called.sort()).toEqual(exported.sort());
});

/** Conditions and the like that stores share do nothing by themselves. */
function isHelper(value: object): boolean {
  return value.constructor.name !== 'AsyncFunction';
}

describe.each(FILES.map((file) => file.slice('src/'.length)))('%s', (file) => {
  test('each statement of the store names the workspace, once for each tenant table', async () => {
    const store = stores.get(file) ?? {};
    const scope = { workspaceId: own.workspaceId, userId: own.userId, maintenance: true };
    for (const [name, argumentLists] of Object.entries(storeCalls(own)[file] ?? {})) {
      for (const parameters of argumentLists) {
        const { statements, result } = await call(scope, async (tx) => await store[name]?.(tx, ...parameters));
        expect(statements.length, `${name}: ${String(result)}`).toBeGreaterThan(0);
        expect(result, name).not.toBeInstanceOf(TypeError);
        for (const statement of statements) {
          if (name in WITHOUT_WORKSPACE) continue;
          const { tables, workspaces } = wallsOf(statement);
          expect(workspaces, `${name}: ${statement.text}`).toBeGreaterThanOrEqual(tables);
          const isOwn = tables === 0 || statement.values.includes(own.workspaceId);
          expect(isOwn, `${name}: ${statement.text}`).toBe(true);
        }
      }
    }
  });

  test('the store returns and changes nothing of another workspace whose ids it is given, without the help of policies', async () => {
    const store = stores.get(file) ?? {};
    const { workspaceId, userId } = own;
    const before = await database.transaction({}, (tx) => rowsOf(tx, theirs.workspaceId));
    for (const [name, argumentLists] of Object.entries(storeCalls(theirs)[file] ?? {})) {
      // What speaks of a user asks in that user's name, whose memberships are shown to nobody else.
      if (/^auth\/(?:sessions|users)\//.test(file) || OF_USERS.includes(name)) continue;
      // Maintenance goes through the ids of all workspaces.
      if (name === 'listWorkspaces') continue;
      for (const parameters of argumentLists) {
        const { result, after } = await call({ workspaceId, userId, maintenance: true }, async (tx) =>
          store[name]?.(tx, ...parameters),
        );
        expect(shows(result, theirs), name).toEqual([]);
        expect(after, name).toBe(before);
      }
    }
  });
});

/** Functions that show rows which are marked as deleted, each with its reason. */
const SHOWS_DELETED: Readonly<Record<string, string>> = {
  findContents: 'what lists leave out, of the list of restorable datasets too; it is asked for what a list has shown',
  listColumns: 'the same: columns have no mark of their own',
  listOutlines: 'columns, read together with their dataset',
  findColumns: 'columns, read together with their dataset',
  listEvents: 'events, read together with their run',
  listEventsAfterEach: 'events, read together with the head of their run',
  findEvaluations: 'evaluations, read together with their run',
  findTestRows: 'hashes, read together with their run',
  findPredictions: 'predictions, read together with their run',
  findOutOfFold: 'predictions, read together with their run',
  findCheckpoint: 'for a worker, which then may not claim the run',
};

test('what is marked as deleted is shown and changed by no function outside of retention/', async () => {
  const { owner } = server.database;
  const gone = await fillWorkspace(await server.signUp());
  for (const table of ['datasets', 'training_runs', 'artifacts', 'batch_predictions']) {
    await owner`update ${owner(table)} set deleted_at = now() where workspace_id = ${gone.workspaceId}`;
  }
  const scope = { workspaceId: gone.workspaceId, userId: gone.userId };
  const marked = { ...gone, workspaceId: 'nobody', userId: 'nobody' };
  const rowsOfMarked = `select md5(string_agg(t::text, '' order by t)) from (
    select d::text as t from datasets d union all select r::text from training_runs r union all select a::text from artifacts a
    union all select b::text from batch_predictions b
  ) t where t like '%${gone.workspaceId}%'`;
  const [before] = await owner.unsafe(rowsOfMarked);
  for (const [file, calls] of Object.entries(storeCalls(gone))) {
    if (file.startsWith('retention/') || file.startsWith('auth/')) continue;
    for (const [name, argumentLists] of Object.entries(calls)) {
      // Rows that are made anew are not marked.
      if (name in SHOWS_DELETED || name.startsWith('insert')) continue;
      for (const parameters of argumentLists) {
        let after: unknown;
        const { result } = await call(scope, async (tx) => {
          const shown = await stores.get(file)?.[name]?.(tx, ...parameters);
          [after] = await tx.execute(rowsOfMarked);
          return shown;
        });
        expect(shows(result, marked), `${file} ${name}`).toEqual([]);
        expect(after ?? before, `${file} ${name}`).toEqual(before);
      }
    }
  }
});

test('the exceptions are among the functions that there are', () => {
  const names = [...stores.values()].flatMap((store) => Object.keys(store));
  const exceptions = [...Object.keys(WITHOUT_WORKSPACE), ...Object.keys(SHOWS_DELETED)];
  expect(exceptions.filter((name) => !names.includes(name))).toEqual([]);
});
