import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { flowersCsv, HEADER_ONLY } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { holdWrites } from '../../support/hold-writes.ts';
import { UPLOAD, workspaceIdOf } from '../../support/operations.ts';
import {
  bytesOf,
  completeUpload,
  createUpload,
  followUpload,
  partsOf,
  putPart,
  readUpload,
  sendParts,
  uploadInParts,
} from '../../support/part-upload.ts';
import { countedFiles, storedFiles, temporaryFiles } from '../../support/stored-files.ts';
import type { Answer, TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const PART_BYTES = 1_000;

const FILE = new TextEncoder().encode(String(flowersCsv(400).content));

const ABORT = 'mutation ($id: ID!) { abortUpload(id: $id) { id status receivedParts } }';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({
    ...{ UPLOAD_PART_BYTES: String(PART_BYTES), MAX_CSV_UPLOAD_BYTES: '100000' },
    ...{ MAX_OPEN_UPLOADS: '3', MAX_OPEN_UPLOAD_BYTES: '150000' },
  });
});

afterAll(async () => {
  expect(await temporaryFiles(server)).toEqual([]);
  expect(await storedFiles(server)).toEqual(await countedFiles(server));
  await server.close();
});

/** A workspace of its own for each test. */
beforeEach(async () => {
  client = await server.signUp();
});

/** The files of parts that are kept of the workspace's uploads. */
async function keptParts(): Promise<string[]> {
  const folder = join(server.config.DATA_DIRECTORY, 'uploads', await workspaceIdOf(client));
  return (await readdir(folder, { recursive: true }).catch(() => [])).filter((name) => name.includes('/')).sort();
}

function create(input: object): Promise<Answer<{ createUpload: { id: string } | null }>> {
  return client.request('mutation ($input: CreateUploadInput!) { createUpload(input: $input) { id } }', { input });
}

/** No upload can be stored meanwhile. */
async function whileHeld(work: () => Promise<void>): Promise<void> {
  const release = await holdWrites(server, 'blobs');
  try {
    await work();
  } finally {
    await release();
  }
}

async function errorOf(response: Response): Promise<unknown> {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  return [response.status, errors[0]?.extensions.code];
}

test('a file that is sent in parts gives the dataset and the report that uploadDataset gives', async () => {
  const session = await uploadInParts(client, 'flowers.csv', FILE);
  const answer = await (await server.signUp()).executeWithFile<{ uploadDataset: object }>(
    UPLOAD,
    { name: 'flowers.csv', content: FILE },
    { input: null },
  );
  const { uploadSession } = await client.execute<{ uploadSession: { payload: { dataset: { id: string } } } }>(
    `query ($id: ID!) { uploadSession(id: $id) { payload {
      dataset { id name version isLatest filename sizeBytes sha256 rowCount columnCount pinned expiresAt suggestedTarget suggestedTask }
      report { accepted filename sizeBytes sha256 rowCount columnCount issues { code severity message lines } } } } }`,
    { id: session.id },
  );
  expect(session).toMatchObject({ status: 'DONE', progress: 1, etaSeconds: null, error: null });
  const id = expect.any(String) as string;
  expect({ ...uploadSession.payload, dataset: { ...uploadSession.payload.dataset, id } }).toEqual({
    ...answer.uploadDataset,
    dataset: expect.objectContaining({ sha256: createHash('sha256').update(FILE).digest('hex') }) as object,
  });
  expect(await keptParts()).toEqual([]);
  const { uploadSessions } = await client.execute<{ uploadSessions: object[] }>('{ uploadSessions { id } }');
  expect(uploadSessions).toEqual([]);
});

test('parts may come in any order and again, and each is there whole or not at all', async () => {
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  expect(session).toMatchObject({ status: 'RECEIVING', partSizeBytes: PART_BYTES, receivedParts: [], progress: 0 });
  const count = Math.ceil(FILE.length / PART_BYTES);
  const parts = await partsOf(client, session.id, [3, 1, 2]);
  expect(parts.map(({ number, sizeBytes }) => [number, sizeBytes])).toEqual(
    [3, 1, 2].map((each) => [each, PART_BYTES]),
  );
  const [third, first] = parts;
  if (third === undefined || first === undefined) throw new Error('There are no addresses.');
  // Another part's bytes at first: the later ones count.
  expect((await putPart(third, bytesOf(FILE, session, 1))).status).toBe(200);
  const again = await putPart(third, bytesOf(FILE, session, 3));
  const hash = createHash('sha256')
    .update(bytesOf(FILE, session, 3))
    .digest('hex');
  expect([again.status, again.headers.get('etag')]).toEqual([200, `"${hash}"`]);
  expect(await errorOf(await putPart(first, bytesOf(FILE, session, 1).slice(1)))).toEqual([400, 'BAD_REQUEST']);
  expect(await errorOf(await putPart(first, FILE.slice(0, PART_BYTES + 1)))).toEqual([400, 'BAD_REQUEST']);
  expect(await readUpload(client, session.id)).toMatchObject({ receivedParts: [3], progress: 1 / count });
  await sendParts(client, session, FILE);
  await completeUpload(client, session.id);
  const states = await followUpload(client, session.id);
  expect(states.at(-1)).toMatchObject({ status: 'DONE', payload: { report: { rowCount: 400 } } });
});

test('a body without a length is held to the size of its part, and one that breaks off leaves nothing', async () => {
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  const [part] = await partsOf(client, session.id, [2]);
  if (part === undefined) throw new Error('There is no address.');
  const send = (chunks: readonly Uint8Array[], end: (controller: ReadableStreamDefaultController) => void) => {
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        end(controller);
      },
    });
    return fetch(part.url, { method: 'PUT', body, duplex: 'half' } as RequestInit);
  };
  const bytes = bytesOf(FILE, session, 2);
  expect(await errorOf(await send([bytes.slice(0, 500)], (controller) => controller.close()))).toEqual([
    400,
    'BAD_REQUEST',
  ]);
  expect(await errorOf(await send([bytes, bytes], (controller) => controller.close()))).toEqual([400, 'BAD_REQUEST']);
  await expect(send([bytes.slice(0, 500)], (controller) => controller.error(new Error('gone')))).rejects.toBeInstanceOf(
    Error,
  );
  await eventually(async () => expect(await temporaryFiles(server)).toEqual([]));
  expect((await readUpload(client, session.id))?.receivedParts).toEqual([]);
  expect((await send([bytes.slice(0, 500), bytes.slice(500)], (controller) => controller.close())).status).toBe(200);
  expect((await readUpload(client, session.id))?.receivedParts).toEqual([2]);
});

test('completing an upload names the parts that are missing, and is the same however often it is done', async () => {
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  const count = Math.ceil(FILE.length / PART_BYTES);
  const [second] = await partsOf(client, session.id, [2]);
  if (second === undefined) throw new Error('There is no address.');
  await putPart(second, bytesOf(FILE, session, 2));
  const { errors } = await client.request('mutation ($id: ID!) { completeUpload(id: $id) { id } }', { id: session.id });
  expect(errors).toMatchObject([
    { message: expect.stringContaining(`1, 3-${count}`), extensions: { code: 'UPLOAD_INCOMPLETE', argument: 'id' } },
  ]);
  await sendParts(client, session, FILE);
  const completed = await Promise.all([1, 2, 3].map(() => completeUpload(client, session.id)));
  for (const { status } of completed) expect(['QUEUED', 'READING', 'DONE']).toContain(status);
  await followUpload(client, session.id);
  expect(await completeUpload(client, session.id)).toMatchObject({ status: 'DONE' });
  const { datasets } = await client.execute<{ datasets: { totalCount: number } }>('{ datasets { totalCount } }');
  expect(datasets.totalCount).toBe(1);
});

test('an address that outlives its upload replaces nothing', async () => {
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  const [first] = await partsOf(client, session.id, [1]);
  if (first === undefined) throw new Error('There is no address.');
  await sendParts(client, session, FILE);
  await whileHeld(async () => {
    await completeUpload(client, session.id);
    expect(await errorOf(await putPart(first, new Uint8Array(PART_BYTES)))).toEqual([409, 'CONFLICT']);
    expect(await partsOf(client, session.id, [1])).toEqual([]);
  });
  const last = (await followUpload(client, session.id)).at(-1);
  expect(last?.payload?.report.sha256).toBe(createHash('sha256').update(FILE).digest('hex'));
  expect(await errorOf(await putPart(first, new Uint8Array(PART_BYTES)))).toEqual([409, 'CONFLICT']);
});

test('an upload that is aborted keeps no parts, whether it is received or read', async () => {
  const receiving = await createUpload(client, 'flowers.csv', FILE.length);
  await sendParts(client, receiving, FILE);
  expect((await keptParts()).length).toBeGreaterThan(0);
  const abort = async (id: string) => (await client.execute<{ abortUpload: object }>(ABORT, { id })).abortUpload;
  const aborted = { status: 'ABORTED', receivedParts: [] };
  expect(await abort(receiving.id)).toEqual({ ...aborted, id: receiving.id });
  expect(await abort(receiving.id)).toEqual({ ...aborted, id: receiving.id });
  expect(await keptParts()).toEqual([]);

  const reading = await createUpload(client, 'flowers.csv', FILE.length);
  await sendParts(client, reading, FILE);
  await whileHeld(async () => {
    await completeUpload(client, reading.id);
    await eventually(async () => expect((await readUpload(client, reading.id))?.status).toBe('READING'));
    const followed = followUpload(client, reading.id);
    expect(await abort(reading.id)).toEqual({ ...aborted, id: reading.id });
    expect((await followed).at(-1)).toMatchObject({ status: 'ABORTED', payload: null });
  });
  await eventually(async () => expect(await temporaryFiles(server)).toEqual([]));
  expect(await readUpload(client, reading.id)).toMatchObject({ status: 'ABORTED' });
  const { datasets } = await client.execute<{ datasets: { totalCount: number } }>('{ datasets { totalCount } }');
  expect(datasets.totalCount).toBe(0);
  const { errors } = await client.request('mutation ($id: ID!) { completeUpload(id: $id) { id } }', { id: reading.id });
  expect(errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
});

test('a file that is refused has its whole report, also its columns', async () => {
  // More than 95 % of its cells are missing.
  const sparse = new TextEncoder().encode('a,b\n,\n,y\n,\n,\n,\n,\n,\n,\n,\n,\n,\n');
  const session = await uploadInParts(client, 'sparse.csv', sparse);
  expect(session).toMatchObject({
    status: 'REFUSED',
    payload: { dataset: null, report: { accepted: false, rowCount: 11 } },
  });
  const REPORT = `accepted filename sizeBytes sha256 rowCount columnCount dialect { delimiter }
    columns { name kind missing } named: columns(names: ["b"]) { name } preview { line cells } issues { code message }`;
  const { uploadSession } = await client.execute<{ uploadSession: { payload: { report: object } } }>(
    `query ($id: ID!) { uploadSession(id: $id) { payload { report { ${REPORT} } } } }`,
    { id: session.id },
  );
  const { inspectDataset } = await client.executeWithFile<{ inspectDataset: object }>(
    `mutation ($file: Upload!) { inspectDataset(file: $file) { ${REPORT} } }`,
    { name: 'sparse.csv', content: sparse },
  );
  expect(uploadSession.payload.report).toEqual(inspectDataset);
  expect(inspectDataset).toMatchObject({ columns: [{ name: 'a' }, { name: 'b' }], named: [{ name: 'b' }] });
  const empty = new TextEncoder().encode(String(HEADER_ONLY.content));
  expect(await uploadInParts(client, 'empty.csv', empty)).toMatchObject({ status: 'REFUSED' });
  expect(await keptParts()).toEqual([]);
});

test('a file of one row is stored, to be predicted', async () => {
  const session = await uploadInParts(client, 'one.csv', new TextEncoder().encode('a,b\n1,x\n'));
  expect(session).toMatchObject({ status: 'DONE', payload: { dataset: {}, report: { accepted: true, rowCount: 1 } } });
});

describe('an upload is not begun', () => {
  test.each([
    ['with another extension', { filename: 'a.xlsx', sizeBytes: 1 }, 'BAD_USER_INPUT', 'input.filename'],
    ['without a byte', { filename: 'a.csv', sizeBytes: 0 }, 'BAD_USER_INPUT', 'input.sizeBytes'],
    ['beyond the limit', { filename: 'a.csv', sizeBytes: 100_001 }, 'PAYLOAD_TOO_LARGE', 'input.sizeBytes'],
    [
      'with options that cannot be',
      { filename: 'a.csv', sizeBytes: 1, dataset: { csv: { delimiter: '::' } } },
      'BAD_USER_INPUT',
      'input.dataset.csv.delimiter',
    ],
  ])('%s', async (_, input, code, argument) => {
    const { data, errors } = await create(input);
    expect(data).toEqual({ createUpload: null });
    expect(errors).toMatchObject([{ extensions: { code, argument } }]);
  });

  test('beyond the number and the bytes that a workspace may have open', async () => {
    const sizes = [100_000, 50_001, 50_000];
    const answers = [];
    for (const sizeBytes of sizes) answers.push(await create({ filename: 'a.csv', sizeBytes }));
    const codes = answers.map(({ errors }) => errors[0]?.extensions.code ?? null);
    expect(codes).toEqual([null, 'QUOTA_EXCEEDED', null]);
    const id = answers[0]?.data?.createUpload?.id;
    await client.execute(ABORT, { id });
    for (const expected of [null, null, 'QUOTA_EXCEEDED']) {
      const { errors } = await create({ filename: 'a.csv', sizeBytes: 1 });
      expect(errors[0]?.extensions.code ?? null).toBe(expected);
    }
  });
});

test('a key makes one open upload, and one dataset', async () => {
  const input = { filename: 'flowers.csv', sizeBytes: FILE.length, dataset: { idempotencyKey: 'once' } };
  const answers = await Promise.all([1, 2, 3].map(() => create(input)));
  const ids = answers.map(({ data }) => data?.createUpload?.id);
  expect(new Set(ids).size).toBe(1);
  const { errors } = await create({ ...input, sizeBytes: FILE.length - 1 });
  expect(errors).toMatchObject([
    { extensions: { code: 'IDEMPOTENCY_CONFLICT', argument: 'input.dataset.idempotencyKey' } },
  ]);
  const first = await uploadInParts(client, 'flowers.csv', FILE, { idempotencyKey: 'once' });
  expect(first.id).toBe(ids[0]);
  const again = await uploadInParts(client, 'flowers.csv', FILE, { idempotencyKey: 'once' });
  expect(again.id).not.toBe(first.id);
  expect(again).toMatchObject({ status: 'DONE', payload: { dataset: { id: first.payload?.dataset?.id } } });
  const other = await uploadInParts(client, 'flowers.csv', FILE.slice(0, 5_000), { idempotencyKey: 'once' });
  expect(other).toMatchObject({ status: 'FAILED', error: { code: 'IDEMPOTENCY_CONFLICT' }, payload: null });
});

test('an upload is nobody else’s', async () => {
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  const other = await server.signUp();
  expect(await readUpload(other, session.id)).toBeNull();
  for (const field of ['completeUpload', 'abortUpload']) {
    const { errors } = await other.request(`mutation ($id: ID!) { ${field}(id: $id) { id } }`, { id: session.id });
    expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  }
  await expect(followUpload(other, session.id)).rejects.toThrow('NOT_FOUND');
  const { uploadSessions } = await other.execute<{ uploadSessions: object[] }>('{ uploadSessions { id } }');
  expect(uploadSessions).toEqual([]);
});

test('members who may only read see an upload, and get no address', async () => {
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  await server.database
    .owner`update memberships set role = 'READER' where workspace_id = ${await workspaceIdOf(client)}`;
  expect(await readUpload(client, session.id)).toMatchObject({ status: 'RECEIVING' });
  const { errors } = await client.request(
    'query ($id: ID!) { uploadSession(id: $id) { parts(numbers: [1]) { url } } }',
    {
      id: session.id,
    },
  );
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
});

test('an address takes nothing from a member who may only read by now', async () => {
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  const [part] = await partsOf(client, session.id, [1]);
  if (part === undefined) throw new Error('There is no address.');
  const isOfWorkspace = server.database.owner`workspace_id = ${await workspaceIdOf(client)}`;
  await server.database.owner`update memberships set role = 'READER' where ${isOfWorkspace}`;
  expect(await errorOf(await putPart(part, bytesOf(FILE, session, 1)))).toEqual([403, 'FORBIDDEN']);
  expect(await readUpload(client, session.id)).toMatchObject({ receivedParts: [] });
  await server.database.owner`update memberships set role = 'EDITOR' where ${isOfWorkspace}`;
  expect((await putPart(part, bytesOf(FILE, session, 1))).status).toBe(200);
});

test('an address works for one part alone, and not once it was changed', async () => {
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  const [part] = await partsOf(client, session.id, [1]);
  if (part === undefined) throw new Error('There is no address.');
  expect(new Date(part.expiresAt).getTime()).toBeLessThanOrEqual(Date.now() + 60 * 60 * 1000);
  const changed = `${part.url.slice(0, -3)}${part.url.endsWith('AAA') ? 'BBB' : 'AAA'}`;
  expect(await errorOf(await putPart({ url: changed }, bytesOf(FILE, session, 1)))).toEqual([404, 'NOT_FOUND']);
  const { errors } = await client.request(
    'query ($id: ID!) { uploadSession(id: $id) { parts(numbers: [0]) { url } } }',
    { id: session.id },
  );
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'numbers' } }]);
});
