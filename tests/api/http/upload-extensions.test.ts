import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../../src/config.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { UPLOAD } from '../../support/operations.ts';
import { storedFiles, temporaryFiles } from '../../support/stored-files.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const REPORT = 'accepted filename sizeBytes sha256 rowCount issues { code severity message column lines hint }';
const INSPECT = `mutation ($file: Upload!) { inspectDataset(file: $file) { ${REPORT} } }`;
const UPLOAD_REPORT = `mutation ($file: Upload!) { uploadDataset(file: $file) { dataset { id } report { ${REPORT} } } }`;

interface Report {
  readonly accepted: boolean;
  readonly issues: readonly { readonly code: string; readonly message: string }[];
}

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer(
    { ALLOWED_UPLOAD_EXTENSIONS: '.CSV, txt', MAX_CSV_UPLOAD_BYTES: '5000' },
    { worker: false },
  );
  client = await server.signUp();
});

afterAll(() => server.close());

describe('the name of an uploaded file', () => {
  test.each(['a.csv', 'A.CSV', 'a.b.Txt', '.csv', 'data.xlsx.csv', 'a.csv '])(
    'a file named %j may be uploaded',
    async (name) => {
      const { uploadDataset } = await client.executeWithFile<{ uploadDataset: { report: Report } }>(UPLOAD, {
        ...flowersCsv(),
        name,
      });
      expect(uploadDataset.report).toMatchObject({ accepted: true });
    },
  );

  test.each([
    ['table.xlsx', 'the extension ".xlsx"'],
    ['table.csv.gz', 'the extension ".gz"'],
    ['table.tsv', 'the extension ".tsv"'],
    ['table', 'no extension'],
    ['table.', 'the extension "."'],
    ['../csv', 'no extension'],
  ])('a file named %j is refused by both operations with the reason, and nothing is stored', async (name, found) => {
    const { content } = flowersCsv();
    const before = await storedFiles(server);
    const { inspectDataset } = await client.executeWithFile<{ inspectDataset: Report }>(INSPECT, { name, content });
    const { uploadDataset } = await client.executeWithFile(UPLOAD_REPORT, { name, content });
    expect(uploadDataset).toEqual({ dataset: null, report: inspectDataset });
    expect(inspectDataset).toMatchObject({
      accepted: false,
      sizeBytes: Buffer.byteLength(content),
      sha256: createHash('sha256').update(content).digest('hex'),
      rowCount: null,
      issues: [
        {
          code: 'CSV_EXTENSION_NOT_ALLOWED',
          severity: 'ERROR',
          message: `The file name has ${found}; this server accepts .csv, .txt.`,
          column: null,
          lines: [],
          hint: expect.stringContaining('ALLOWED_UPLOAD_EXTENSIONS'),
        },
      ],
    });
    expect(await storedFiles(server)).toEqual(before);
    expect(await temporaryFiles(server)).toEqual([]);
  });

  test('a file with a wrong extension does not lift the size limit', async () => {
    const { errors } = await client.requestWithFile(UPLOAD_REPORT, { name: 'a.zip', content: 'x'.repeat(5_001) });
    expectError(errors, 'PAYLOAD_TOO_LARGE');
  });
});

describe('ALLOWED_UPLOAD_EXTENSIONS', () => {
  test('ALLOWED_UPLOAD_EXTENSIONS defaults to the usual extensions of text tables', () => {
    expect(readConfig({}).ALLOWED_UPLOAD_EXTENSIONS).toEqual(['csv', 'tsv', 'tab', 'txt', 'dat', 'data']);
  });

  test('ALLOWED_UPLOAD_EXTENSIONS is a list, with or without dots, spaces and repetitions', () => {
    expect(readConfig({ ALLOWED_UPLOAD_EXTENSIONS: ' .Csv,csv ,TSV ' }).ALLOWED_UPLOAD_EXTENSIONS).toEqual([
      'csv',
      'tsv',
    ]);
  });

  test.each(['csv,,txt', '*', 'csv;txt', 'a.b', ','])('ALLOWED_UPLOAD_EXTENSIONS refuses %j', (value) => {
    expect(() => readConfig({ ALLOWED_UPLOAD_EXTENSIONS: value })).toThrow(ConfigError);
  });
});
