import { mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ExpireUploadsHandler } from '../../../src/datasets/upload-sessions/expire-uploads.handler.ts';
import { openLocalPartStore } from '../../../src/platform/part-store/local-part-store.ts';
import { type Database, openDatabase } from '../../../src/platform/postgres/database.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { workspaceIdOf } from '../../support/operations.ts';
import {
  completeUpload,
  createUpload,
  followUpload,
  readUpload,
  sendParts,
  uploadInParts,
} from '../../support/part-upload.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const FILE = new TextEncoder().encode(String(flowersCsv(100).content));

let server: TestServer;
let database: Database;

beforeAll(async () => {
  server = await startTestServer({ UPLOAD_PART_BYTES: '1000' }, { worker: false });
  database = openDatabase(server.database.access, 1);
});

afterAll(async () => {
  await database.close();
  await server.close();
});

async function expire(): Promise<void> {
  const parts = await openLocalPartStore(server.config.DATA_DIRECTORY);
  const handler = new ExpireUploadsHandler(database, parts, pino({ level: 'silent' }));
  await handler.handle({}, { signal: new AbortController().signal });
}

const foldersOf = (workspaceId: string) => readdir(join(server.config.DATA_DIRECTORY, 'uploads', workspaceId));

test('what was not completed in time is aborted and removed, in every workspace, and nothing else', async () => {
  const { owner } = server.database;
  for (const client of [await server.signUp(), await server.signUp()]) {
    const workspaceId = await workspaceIdOf(client);
    const [late, open] = [
      await createUpload(client, 'a.csv', FILE.length),
      await createUpload(client, 'b.csv', FILE.length),
    ];
    for (const session of [late, open]) await sendParts(client, session, FILE);
    await owner`update upload_sessions set expires_at = now() - interval '1 second' where id = ${late.id}`;
    await expire();
    expect(await readUpload(client, late.id)).toMatchObject({
      ...{ status: 'ABORTED', receivedParts: [], error: { code: 'UPLOAD_EXPIRED' } },
    });
    expect(await foldersOf(workspaceId)).toEqual([open.id]);
    await completeUpload(client, open.id);
    expect((await followUpload(client, open.id)).at(-1)).toMatchObject({ status: 'DONE' });
  }
});

test('a session is forgotten a week after its end, with the columns of its report', async () => {
  const { owner } = server.database;
  const client = await server.signUp();
  const narrow = new TextEncoder().encode('a\n1\n2\n');
  const ended = [await uploadInParts(client, 'a.csv', narrow), await uploadInParts(client, 'b.csv', narrow)];
  const [old, young] = ended.map(({ id }) => id);
  await owner`update upload_sessions set finished_at = now() - interval '169 hours' where id = ${old ?? ''}`;
  await owner`update upload_sessions set finished_at = now() - interval '167 hours' where id = ${young ?? ''}`;
  await expire();
  expect(await readUpload(client, old ?? '')).toBeNull();
  expect(await readUpload(client, young ?? '')).toMatchObject({ status: 'REFUSED' });
  const pieces =
    await owner`select distinct session_id from upload_report_pieces where session_id in ${owner(ended.map(({ id }) => id))}`;
  expect(pieces).toEqual([{ session_id: young }]);
});

test('parts that belong to no session are removed once they are a day old', async () => {
  const client = await server.signUp();
  const workspaceId = await workspaceIdOf(client);
  const folder = join(server.config.DATA_DIRECTORY, 'uploads', workspaceId);
  const [old, young] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
  for (const id of [old, young]) await mkdir(join(folder, id), { recursive: true });
  const twoDaysAgo = new Date(Date.now() - 48 * 60 * 60 * 1000);
  await utimes(join(folder, old), twoDaysAgo, twoDaysAgo);
  await expire();
  expect(await foldersOf(workspaceId)).toEqual([young]);
});
