import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { PredictionService } from '../../src/predictions/prediction.service.ts';

const FILE = readFileSync('tests/golden/version-3/gradient-boosting-two-labels.model.json');

const VIEWER = {
  userId: '11111111-1111-4111-8111-111111111111',
  workspaceId: '22222222-2222-4222-8222-222222222222',
  membershipId: '33333333-3333-4333-8333-333333333333',
  role: 'OWNER',
  sessionId: '44444444-4444-4444-8444-444444444444',
  apiKeyId: null,
  outside: null,
} as const;

/** Files of models whose reading is counted; `content` may fail. */
function countingArtifacts(content: () => Buffer) {
  const artifact = {
    id: 'model',
    workspaceId: VIEWER.workspaceId,
    runId: 'run',
    format: 'TRAINYARD_JSON',
    sizeBytes: FILE.length,
    sha256: createHash('sha256').update(FILE).digest('hex'),
    pinned: false,
    createdAt: new Date(),
    deletedAt: null,
  };
  const counted = {
    reads: 0,
    find: async () => artifact,
    fileOf: () => ({
      filename: 'model.json',
      contentType: 'application/json',
      sizeBytes: FILE.length,
      sha256: artifact.sha256,
      open: async () => {
        counted.reads += 1;
        return Readable.from([content()]);
      },
      signedUrl: async () => null,
    }),
  };
  return counted;
}

/** A row with a null for every feature of the model. */
const { features } = JSON.parse(FILE.toString()) as { features: { name: string }[] };
const ROW = Object.fromEntries(features.map(({ name }) => [name, null]));

/** Few rows, which the event loop predicts, and so many that a thread does. */
const REQUESTS = [
  { by: 'the event loop', rows: [ROW] },
  { by: 'a thread', rows: Array.from({ length: 1_000 }, () => ROW) },
];

test.each(REQUESTS)('many requests for a model that is not loaded yet read its file once: by $by', async ({ rows }) => {
  const artifacts = countingArtifacts(() => FILE);
  const service = new PredictionService(artifacts, artifacts, 100_000_000);
  const answers = await Promise.all(Array.from({ length: 40 }, () => service.predict(VIEWER, 'model', rows)));
  expect(artifacts.reads).toBe(1);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  await service.close();
});

test('the names of the columns that a model reads are asked for once, and remembered when the model is not', async () => {
  const artifacts = countingArtifacts(() => FILE);
  const service = new PredictionService(artifacts, artifacts, 0);
  const artifact = await artifacts.find();
  const [one, other] = [await service.columnsOf(artifact), await service.columnsOf(artifact)];
  expect(one).toEqual([...new Set(features.map(({ name }) => name))]);
  expect([other, artifacts.reads]).toEqual([one, 1]);
  await service.close();
});

test('the event loop and a thread predict the same, and what costs much is left to the thread', async () => {
  const artifacts = countingArtifacts(() => FILE);
  const service = new PredictionService(artifacts, artifacts, 100_000_000);
  const { predictions: few } = await service.predict(VIEWER, 'model', [ROW]);
  expect(artifacts.reads).toBe(1);
  // A thread reads the file for itself.
  const { predictions: many } = await service.predict(VIEWER, 'model', REQUESTS[1]?.rows ?? []);
  expect(artifacts.reads).toBe(2);
  expect(new Set(many.map((prediction) => JSON.stringify(prediction)))).toEqual(new Set([JSON.stringify(few[0])]));
  await service.close();

  const others = countingArtifacts(() => FILE);
  const other = new PredictionService(others, others, 100_000_000);
  // Reading texts can take time that grows with the square of their length: only a thread tries.
  const long = { ...ROW, area: ' '.repeat(50_000) };
  await other.predict(VIEWER, 'model', [long]);
  await other.predict(VIEWER, 'model', [ROW]);
  expect(others.reads).toBe(2);
  await other.close();
});

test.each(REQUESTS)(
  'a model whose file could not be read is read again by the next request: by $by',
  async ({ rows }) => {
    let isBroken = true;
    const artifacts = countingArtifacts(() => {
      if (isBroken) throw new Error('The disk is broken.');
      return FILE;
    });
    const service = new PredictionService(artifacts, artifacts, 100_000_000);
    const failed = await Promise.allSettled(Array.from({ length: 5 }, () => service.predict(VIEWER, 'model', rows)));
    expect(failed.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'rejected'));
    isBroken = false;
    expect((await service.predict(VIEWER, 'model', rows)).predictions).toHaveLength(rows.length);
    await service.close();
  },
);

test.each(REQUESTS)('a file that is no model is an error, and the next request goes on: by $by', async ({ rows }) => {
  let content = Buffer.from('{"format": "trainyard-model", "version": 3}');
  const artifacts = countingArtifacts(() => content);
  const service = new PredictionService(artifacts, artifacts, 100_000_000);
  await expect(service.predict(VIEWER, 'model', rows)).rejects.toThrow('task');
  content = FILE;
  expect((await service.predict(VIEWER, 'model', rows)).predictions).toHaveLength(rows.length);
  await service.close();
});
