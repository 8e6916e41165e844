import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, HEADER_ONLY, housesCsv } from '../../support/csv-files.ts';
import { UPLOAD, uploadDataset } from '../../support/operations.ts';
import { countedFiles, storedFiles, temporaryFiles } from '../../support/stored-files.ts';
import type { TestClient, TestFile } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const INSPECT = `mutation ($file: Upload!, $input: UploadDatasetInput) {
  inspectDataset(file: $file, input: $input) {
    accepted filename sizeBytes sha256 rowCount columnCount suggestedTarget suggestedTask
    dialect { delimiter quote decimal encoding newline hasBom hasHeader }
    columns { name index kind missing missingRatio distinct numeric { min max mean } topValues(limit: 1) { value count } }
    preview { line cells } issues { code severity message lines } } }`;

interface UploadPayload {
  readonly dataset: Record<string, unknown> | null;
  readonly report: { readonly accepted: boolean; readonly issues: readonly { code: string; severity: string }[] };
}

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ MAX_OPEN_UPLOADS: '100' }, { worker: false });
});

afterAll(() => server.close());

async function upload(client: TestClient, file: TestFile, input: object = {}): Promise<UploadPayload> {
  const { uploadDataset: payload } = await client.executeWithFile<{ uploadDataset: UploadPayload }>(UPLOAD, file, {
    input,
  });
  return payload;
}

test('inspectDataset reports all findings, and stores nothing', async () => {
  const client = await server.signUp();
  const file = flowersCsv();
  const before = await storedFiles(server);
  const { inspectDataset } = await client.executeWithFile(INSPECT, file);
  expect(inspectDataset).toMatchObject({
    accepted: true,
    filename: 'flowers.csv',
    sizeBytes: Buffer.byteLength(file.content),
    sha256: createHash('sha256').update(file.content).digest('hex'),
    rowCount: 60,
    columnCount: 3,
    suggestedTarget: 'kind',
    suggestedTask: 'CLASSIFICATION',
    dialect: { delimiter: ',', encoding: 'utf-8', newline: '\n', hasBom: false, hasHeader: true },
    columns: [
      { name: 'petal', index: 0, kind: 'NUMERIC', missing: 0, numeric: { min: 2, max: 5.2 } },
      { name: 'soil', index: 1, kind: 'CATEGORICAL', missing: 20, missingRatio: 1 / 3, distinct: 2, numeric: null },
      { name: 'kind', index: 2, distinct: 2, topValues: [{ value: 'rose', count: 31 }] },
    ],
  });
  expect(await client.execute('{ datasets { totalCount } }')).toEqual({ datasets: { totalCount: 0 } });
  expect(await storedFiles(server)).toEqual(before);
  expect(await temporaryFiles(server)).toEqual([]);
});

test('a cell of 1 MB of marks that stand in no order is stored as it is, in a time that is linear', async () => {
  const client = await server.signUp();
  const marks = `a${'\u0301\u0323'.repeat(250_000)}`;
  const { dataset, report } = await upload(client, {
    name: 'marks.csv',
    content: `note,size\n${marks},1\ne\u0301,2\n${'tree,3\n'.repeat(8)}`,
  });
  expect(report).toMatchObject({ accepted: true });
  const { dataset: stored } = await client.execute<{ dataset: { columns: { topValues: { value: string }[] }[] } }>(
    'query ($id: ID!) { dataset(id: $id) { columns { topValues(limit: 3) { value } } } }',
    { id: dataset?.['id'] },
  );
  const values = stored.columns[0]!.topValues.map(({ value }) => value);
  expect(values).toContain('\u00e9');
  expect(values.some((value) => value.startsWith('a\u0301\u0323\u0301'))).toBe(true);
  const found = await client.execute(
    'query ($part: String!) { datasets(filter: { nameContains: $part }) { totalCount } }',
    {
      part: marks.slice(0, 20_000),
    },
  );
  expect(found).toEqual({ datasets: { totalCount: 0 } });
});

test('uploadDataset stores what inspectDataset reports', async () => {
  const client = await server.signUp();
  const file: TestFile = { name: 'odd.txt', content: `x;y\n${'1,5;ja\n2,25;nein\n'.repeat(10)}` };
  const input = { csv: { columnKinds: [{ column: 'y', kind: 'BOOLEAN' }] } };
  const { inspectDataset } = await client.executeWithFile<{ inspectDataset: object }>(INSPECT, file, { input });
  const { id } = await uploadDataset(client, file, input);
  const { dataset } = await client.execute(
    `query ($id: ID!) { dataset(id: $id) {
       filename sizeBytes sha256 rowCount columnCount suggestedTarget suggestedTask
       dialect { delimiter quote decimal encoding newline hasBom hasHeader }
       columns { name index kind missing missingRatio distinct numeric { min max mean } topValues(limit: 1) { value count } }
       preview(rows: 100) { line cells } issues { code severity message lines } } }`,
    { id },
  );
  expect({ accepted: true, ...(dataset as object) }).toEqual(inspectDataset);
  expect(inspectDataset).toMatchObject({ dialect: { delimiter: ';', decimal: ',' } });
});

describe('versions', () => {
  test('each upload of a name is its next version, and only the last is the latest', async () => {
    const client = await server.signUp();
    for (const version of [1, 2]) {
      expect(await upload(client, flowersCsv(60 + version))).toMatchObject({
        dataset: { name: 'flowers', version, isLatest: true },
      });
    }
    expect(await upload(client, flowersCsv(), { name: 'other' })).toMatchObject({
      dataset: { name: 'other', version: 1 },
    });
    const { datasets } = await client.execute<{ datasets: { edges: { node: object }[] } }>(
      '{ datasets(filter: { name: "flowers" }) { edges { node { version isLatest } } } }',
    );
    expect(datasets.edges.map(({ node }) => node)).toEqual([
      { version: 2, isLatest: true },
      { version: 1, isLatest: false },
    ]);
  });

  test('50 simultaneous uploads of one name get the versions 1 to 50, and workspaces do not share numbers', async () => {
    const [client, neighbour] = [await server.signUp(), await server.signUp()];
    const names = (who: TestClient) =>
      Array.from({ length: who === client ? 50 : 2 }, async (_, index) => {
        const file = { name: 'busy.csv', content: `n,label\n${`${index},x\n1,y\n`.repeat(10)}` };
        return (await uploadDataset(who, file)).version;
      });
    const [versions, others] = await Promise.all([Promise.all(names(client)), Promise.all(names(neighbour))]);
    expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(others.sort((a, b) => a - b)).toEqual([1, 2]);
  });

  test('a refused file uses up no version', async () => {
    const client = await server.signUp();
    await upload(client, HEADER_ONLY, { name: 'flowers' });
    expect(await upload(client, flowersCsv())).toMatchObject({ dataset: { name: 'flowers', version: 1 } });
  });
});

describe('the store', () => {
  test('the same bytes are stored once per workspace, and never shared between two', async () => {
    const [client, neighbour] = [await server.signUp(), await server.signUp()];
    const before = await storedFiles(server);
    const first = await uploadDataset(client, housesCsv());
    const second = await uploadDataset(client, housesCsv());
    const third = await uploadDataset(client, housesCsv(), { name: 'again' });
    const sizes = [await storedFiles(server)];
    await uploadDataset(neighbour, housesCsv());
    sizes.push(await storedFiles(server));
    // The file and its table, of each workspace.
    expect(sizes.map((files) => files.length - before.length)).toEqual([2, 4]);
    expect(await storedFiles(server)).toEqual(await countedFiles(server));
    const counts = await server.database.owner<{ references: number }[]>`
      select reference_count as references from blobs
      where workspace_id = (select workspace_id from datasets where id = ${first.id})`;
    expect(counts).toEqual([{ references: 3 }, { references: 3 }]);
    expect([first.version, second.version, third.version]).toEqual([1, 2, 1]);
  });

  test('the stored file has exactly the uploaded bytes', async () => {
    const client = await server.signUp();
    const content = `\ufeffname,text\r\n${'Ærøskøbing,"a ""quoted"" line\r\nbreak"\r\n日本,🙂\r\n'.repeat(6)}`;
    const { id } = await uploadDataset(client, { name: 'bytes.csv', content });
    const [row] = await server.database.owner<{ path: string }[]>`
      select workspace_id || '/' || sha256 as path from datasets where id = ${id}`;
    const stored = await readFile(join(server.config.DATA_DIRECTORY, 'blobs', row?.path ?? ''));
    expect(stored.equals(Buffer.from(content))).toBe(true);
  });

  test('a refused file leaves nothing behind: no blob, no temporary file, no row', async () => {
    const client = await server.signUp();
    const before = await storedFiles(server);
    for (const content of ['', 'a\n1\n2\n', `a\n"${'x'.repeat(5_000)}`]) {
      const { dataset, report } = await upload(client, { name: 'refused.csv', content });
      expect(dataset, content).toBeNull();
      expect(report.accepted).toBe(false);
      expect(report.issues.some(({ severity }) => severity === 'ERROR')).toBe(true);
    }
    expect(await storedFiles(server)).toEqual(before);
    expect(await temporaryFiles(server)).toEqual([]);
    expect(await client.execute('{ datasets { totalCount } }')).toEqual({ datasets: { totalCount: 0 } });
  });
});

describe('names', () => {
  test.each([
    ['my.data.v2.csv', null, 'my.data.v2'],
    ['Größe 日本.csv', null, 'Größe 日本'],
    ['../../etc/passwd.csv', null, 'passwd'],
    ['.tab', "  Robert'); drop table datasets; -- ", "Robert'); drop table datasets; --"],
  ])('the file %s with the name %j becomes the dataset %j', async (filename, name, expected) => {
    const client = await server.signUp();
    const payload = await upload(client, { ...flowersCsv(), name: filename }, name === null ? {} : { name });
    expect(payload).toMatchObject({ dataset: { name: expected, version: 1 } });
  });

  test('an invalid name is refused before the file is read', async () => {
    const client = await server.signUp();
    for (const name of ['', '   ', 'a\nb', 'x'.repeat(201)]) {
      const { errors } = await client.requestWithFile(UPLOAD, flowersCsv(), { input: { name } });
      expect(errors, JSON.stringify(name)).toMatchObject([
        { extensions: { code: 'BAD_USER_INPUT', argument: 'input.name' } },
      ]);
    }
    expect(await temporaryFiles(server)).toEqual([]);
  });
});

test('an invalid option is refused by an error that names it', async () => {
  const client = await server.signUp();
  for (const csv of [{ delimiter: '::' }, { decimal: 'x' }, { encoding: 'klingon' }, { quote: ',', delimiter: ',' }]) {
    const { errors } = await client.requestWithFile(UPLOAD, flowersCsv(), { input: { csv } });
    const [name, other] = Object.keys(csv);
    // Two that only together cannot be followed are blamed together.
    const argument = other === undefined ? `input.csv.${name}` : 'input.csv';
    expect(errors, JSON.stringify(csv)).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument } }]);
    expect(errors[0]?.message).toContain(name);
  }
});
