import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Installation } from '../../src/installation/installation.service.ts';
import { openLocalBlobStore } from '../../src/platform/blob-store/local-blob-store.ts';
import { InstallationError } from '../../src/platform/installation-id.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { type Database, openDatabase } from '../../src/platform/postgres/database.ts';
import { startApiProcess } from '../../src/processes/api-process.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { uploadDataset } from '../support/operations.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { startTestServer } from '../support/test-server.ts';

let testDatabase: TestDatabase;
let database: Database;
let folder: string;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.access, 2);
  folder = await newFolder();
});

afterEach(async () => {
  await database.close();
  await testDatabase.drop();
  await rm(folder, { recursive: true });
});

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'trainyard-installation-'));
}

async function idOf(directory: string): Promise<string> {
  return (await readFile(join(directory, 'installation-id'), 'utf8')).trim();
}

async function idOfDatabase(): Promise<string | null> {
  const [row] = await testDatabase.owner`select id from installation`;
  return (row?.['id'] as string | undefined) ?? null;
}

/** Opens the installation of the database and the local store in a folder. */
async function openInstallation(directory: string): Promise<Installation> {
  const store = await openLocalBlobStore(directory, 0);
  await store.close();
  return await Installation.open(database, store);
}

/** A row such as stands for a stored file. */
async function addFile(): Promise<void> {
  const { owner } = testDatabase;
  const [workspace] =
    await owner`insert into workspaces (id, name, created_at) values (gen_random_uuid(), 'w', now()) returning id`;
  await owner`insert into blobs (workspace_id, sha256, size_bytes, reference_count)
    values (${workspace?.['id'] as string}, ${'a'.repeat(64)}, 1, 1)`;
}

test('the first start gives the database and the folder one id, and later starts find it', async () => {
  await Promise.all([openInstallation(folder), openInstallation(folder)]);
  const id = await idOf(folder);
  expect(await idOfDatabase()).toBe(id);
  await addFile();
  const installation = await openInstallation(folder);
  await installation.checkStore();
  await installation.checkDatabase();
  expect(await idOf(folder)).toBe(id);
});

test('a new folder is refused if the database refers to files, with advice', async () => {
  await openInstallation(folder);
  await addFile();
  const other = await newFolder();
  const refusal = await openInstallation(other).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InstallationError);
  const { message } = refusal as InstallationError;
  expect(message).toContain(other);
  expect(message).toContain('Set DATA_DIRECTORY, or STORAGE_BACKEND and MINIO_BUCKET, to where they are');
  // The way out that it names, for who has lost the files for good.
  const id = /write (\S+) into/.exec(message)?.[1] ?? '';
  await writeFile(join(other, 'installation-id'), id);
  await openInstallation(other);
  await rm(other, { recursive: true });
});

test('a new folder is accepted if the database refers to no files', async () => {
  await openInstallation(folder);
  const other = await newFolder();
  await openInstallation(other);
  expect(await idOf(other)).toBe(await idOf(folder));
  await rm(other, { recursive: true });
});

test('the folder of another database is refused', async () => {
  await openInstallation(folder);
  await writeFile(join(folder, 'installation-id'), randomUUID());
  await expect(openInstallation(folder)).rejects.toThrow(/belong to another database/);
  await writeFile(join(folder, 'installation-id'), 'nonsense');
  await expect(openInstallation(folder)).rejects.toThrow(/does not hold an installation's id/);
});

test('a database without an id takes the id of the folder', async () => {
  const id = randomUUID();
  await writeFile(join(folder, 'installation-id'), id);
  await openInstallation(folder);
  expect(await idOfDatabase()).toBe(id);
});

test('an installation of an earlier version gets its id where its files are, and nowhere else', async () => {
  await addFile();
  await expect(openInstallation(folder)).rejects.toThrow(/knows of files that are not in/);
  const workspace = join(folder, 'blobs', randomUUID());
  await mkdir(workspace, { recursive: true });
  await writeFile(join(workspace, 'a'.repeat(64)), 'x');
  await openInstallation(folder);
  expect(await idOfDatabase()).toBe(await idOf(folder));
});

test('an API process with a new folder and a database with datasets does not start, and leaves nothing open', async () => {
  const server = endsWithTest(await startTestServer({}, { worker: false }));
  await uploadDataset(await server.signUp(), flowersCsv());
  const config = { ...server.config, DATA_DIRECTORY: await newFolder() };
  const start = startApiProcess(config, server.database.access, createLogger('fatal', 'test'));
  await expect(start).rejects.toThrow(InstallationError);
  await rm(config.DATA_DIRECTORY, { recursive: true });
});
