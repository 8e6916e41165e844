import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, HEADER_ONLY, housesCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { countedFiles, storedFiles, temporaryFiles } from '../../support/stored-files.ts';
import type { Answer, TestClient, TestFile } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const REPORT = `accepted filename sizeBytes sha256 rowCount columnCount suggestedTarget suggestedTask
  dialect { delimiter quote decimal encoding newline hasBom hasHeader }
  columns { name index kind missing missingRatio distinct approximate numeric { min max mean stddev } topValues { value count } }
  preview { line cells } issues { code severity message column lines hint }`;

const UPLOAD = `mutation ($file: Upload!, $input: UploadDatasetInput) {
  uploadDataset(file: $file, input: $input) { dataset { id name version } report { ${REPORT} } } }`;

interface Payload {
  readonly uploadDataset: {
    readonly dataset: { readonly id: string; readonly name: string; readonly version: number } | null;
    readonly report: { readonly accepted: boolean };
  };
}

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
});

afterAll(async () => {
  expect(await temporaryFiles(server)).toEqual([]);
  expect(await storedFiles(server)).toEqual(await countedFiles(server));
  await server.close();
});

/** A workspace of its own for each test. */
async function newClient(): Promise<void> {
  client = await server.signUp();
}

function request(idempotencyKey: string, file: TestFile, input: object = {}): Promise<Answer<Payload>> {
  return client.requestWithFile<Payload>(UPLOAD, file, { input: { ...input, idempotencyKey } });
}

async function upload(key: string, file: TestFile, input: object = {}): Promise<Payload['uploadDataset']> {
  const { data, errors } = await request(key, file, input);
  expect(errors).toEqual([]);
  if (data === null) throw new Error('No answer.');
  return data.uploadDataset;
}

async function datasetCount(): Promise<number> {
  const { datasets } = await client.execute<{ datasets: { totalCount: number } }>('{ datasets { totalCount } }');
  return datasets.totalCount;
}

describe('a retried upload', () => {
  test('a retried upload returns the dataset and report of the first one, and stores nothing', async () => {
    await newClient();
    const first = await upload('retry-1', flowersCsv());
    expect(first).toMatchObject({ dataset: { name: 'flowers', version: 1 }, report: { accepted: true } });
    for (let again = 0; again < 3; again++) expect(await upload('retry-1', flowersCsv())).toEqual(first);
    expect(await datasetCount()).toBe(1);
    // Also after other versions have come, which have no key or another one.
    expect((await upload('retry-2', flowersCsv())).dataset).toMatchObject({ version: 2 });
    expect(await upload('retry-1', flowersCsv())).toEqual(first);
    expect(await datasetCount()).toBe(2);
  });

  test('simultaneous retries of an upload store one dataset and give equal responses', async () => {
    await newClient();
    const answers = await Promise.all(Array.from({ length: 12 }, () => upload('at-once', housesCsv())));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.dataset).toMatchObject({ name: 'houses', version: 1 });
    expect(await datasetCount()).toBe(1);
    expect((await upload('the-next', housesCsv())).dataset).toMatchObject({ version: 2 });
  });

  test('a retried upload may state or omit default options', async () => {
    await newClient();
    const first = await upload('defaults', flowersCsv());
    expect(await upload('defaults', flowersCsv(), { name: 'flowers', pinned: false, csv: {} })).toEqual(first);
    expect(await upload('defaults', flowersCsv(), { csv: { delimiter: null } })).toEqual(first);
  });
});

describe('the same key with something else is IDEMPOTENCY_CONFLICT:', () => {
  const [first, other] = [flowersCsv(), flowersCsv(61)];
  test.each([
    ['other bytes', other, {}],
    ['another name', first, { name: 'roses' }],
    ['other options', first, { csv: { delimiter: ',' } }],
    ['pinned', first, { pinned: true }],
  ])('another upload with the same key is IDEMPOTENCY_CONFLICT: %s', async (_, file, input) => {
    await newClient();
    const { dataset } = await upload('a-key', first);
    const { data, errors } = await request('a-key', file, input);
    expect(data).toEqual({ uploadDataset: null });
    expectError(errors, 'IDEMPOTENCY_CONFLICT', { argument: 'input.idempotencyKey', hint: expect.any(String) });
    expect((await upload('a-key', first)).dataset).toEqual(dataset);
    expect(await datasetCount()).toBe(1);
  });

  test('of several different uploads at once with one key, one is stored and the others are refused', async () => {
    await newClient();
    const files = Array.from({ length: 6 }, (_, index) => flowersCsv(60 + index));
    const answers = await Promise.all(files.map((file) => request('contested', file)));
    const codes = answers.map(({ errors }) => errors[0]?.extensions.code ?? 'stored').sort();
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'IDEMPOTENCY_CONFLICT'), 'stored']);
    expect(await datasetCount()).toBe(1);
  });
});

test('a refused file does not use up its key', async () => {
  await newClient();
  expect(await upload('second-try', HEADER_ONLY, { name: 'a' })).toMatchObject({ dataset: null });
  expect(await upload('second-try', { ...flowersCsv(), name: 'a.xlsx' })).toMatchObject({ dataset: null });
  expect((await upload('second-try', flowersCsv())).dataset).toMatchObject({ version: 1 });
});

test('two workspaces may use the same key', async () => {
  for (let workspace = 0; workspace < 2; workspace++) {
    await newClient();
    expect((await upload('shared', workspace === 0 ? flowersCsv() : housesCsv())).dataset).toMatchObject({
      version: 1,
    });
  }
});

test('a key has 1 to 255 visible ASCII characters', async () => {
  await newClient();
  for (const key of ['', ' ', 'a b', 'schlüssel', 'a\n', 'a\0b', '\ud800', '🔑', 'x'.repeat(256)]) {
    const { errors } = await request(key, flowersCsv());
    expect(errors, JSON.stringify(key)).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument: 'input.idempotencyKey' } },
    ]);
  }
  for (const key of ['!', "~';--", 'x'.repeat(255), '3e0a0f6c-6d5b-4c39-9b77-2f4f0f4c8b11']) {
    expect((await upload(key, flowersCsv())).dataset, key).not.toBeNull();
  }
  expect(await datasetCount()).toBe(4);
});
