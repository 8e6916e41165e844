import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createTrainyard,
  type Trainyard,
  UploadDatasetDocument,
  type UploadProgress,
} from '../../src/client/core/index.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { failureOf } from './failure-of.ts';
import { withPage } from './render-hook.ts';

let server: TestServer;
let client: Trainyard;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  const { token } = await server.signUp();
  client = createTrainyard({ url: `${server.url}/graphql`, getToken: () => token });
});

afterAll(() => server.close());

withPage(() => server.url);

/** Large enough to be sent in several pieces. */
const flowers = () => new File([String(flowersCsv(100_000).content)], 'flowers.csv');

test('an upload tells how many bytes have been sent, up to all of them, and then that the file is read', async () => {
  const file = flowers();
  const told: UploadProgress[] = [];
  const { uploadDataset } = await client.request(
    UploadDatasetDocument,
    { file, input: { name: 'told' } },
    { onProgress: (progress) => told.push(progress) },
  );
  expect(uploadDataset).toMatchObject({ dataset: { name: 'told', rowCount: 100_000 }, report: { accepted: true } });
  const sent = told.filter(({ phase }) => phase === 'SENDING').map(({ sentBytes }) => sentBytes);
  expect(sent.length).toBeGreaterThan(0);
  expect(sent).toEqual(sent.toSorted((one, other) => one - other));
  expect(told.at(-1)).toMatchObject({ phase: 'READING' });
  expect(told.at(-1)?.sentBytes).toBeGreaterThan(file.size);
});

test('an upload that is aborted is rejected with the reason of its signal, and nothing is stored', async () => {
  const aborter = new AbortController();
  const reason = new Error('The user has changed their mind.');
  const upload = client.request(
    UploadDatasetDocument,
    { file: flowers(), input: { name: 'aborted' } },
    { signal: aborter.signal },
  );
  aborter.abort(reason);
  expect(await failureOf(upload)).toBe(reason);
  const again = client.request(UploadDatasetDocument, { file: flowers() }, { signal: aborter.signal });
  expect(await failureOf(again)).toBe(reason);
});

test('an upload to a server that is away is a network error', async () => {
  const away = createTrainyard({ url: 'http://127.0.0.1:9/graphql' });
  const upload = away.request(UploadDatasetDocument, { file: flowers() });
  expect(await failureOf(upload)).toMatchObject({ code: 'NETWORK_ERROR' });
});
