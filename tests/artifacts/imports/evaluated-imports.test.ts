import { createHash } from 'node:crypto';
import * as ort from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { referenceBytes } from '../../ml/foreign/reference-rows.ts';
import { eventually } from '../../support/eventually.ts';
import { endOfRun, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import {
  csvOf,
  type ImportedArtifact,
  importAccepted,
  importReference,
  largestDifference,
  outputsOf,
  predict,
  referenceRows,
  withTexts,
} from './import-operations.ts';

const FILE = 'xgb-logistic.json';
const ROWS = 400;

let server: TestServer;
let client: TestClient;
/** The rows that the model was given, with texts in the place of codes, and what the model says of them as `y`. */
let dataset: string;
let artifact: ImportedArtifact;

beforeAll(async () => {
  server = await startTestServer({ RESTORE_WINDOW_DAYS: '1' });
  client = await server.signUp();
  dataset = await uploadRows(client, 'reference.csv');
  artifact = await importAccepted(client, FILE, { task: 'CLASSIFICATION', datasetId: dataset });
  await endOfRun(client, artifact.runId);
});

afterAll(() => server.close());

async function uploadRows(owner: TestClient, name: string): Promise<string> {
  const { rows, outputs } = referenceRows(FILE, ROWS);
  const labelled = rows.map((row, index) => ({
    ...withTexts(row),
    y: (outputs[index]?.[0] ?? 0) > 0.5 ? 'yes' : 'no',
  }));
  return (await uploadDataset(owner, { name, content: csvOf(labelled) })).id;
}

describe('a model that is imported with a dataset', () => {
  test('predicts texts of the dataset as its library predicts their codes', async () => {
    const { rows, outputs } = referenceRows(FILE, ROWS);
    expect(artifact.labels).toEqual(['no', 'yes']);
    const predictions = await predict(client, artifact.id, rows.map(withTexts));
    const ours = predictions.map((prediction) => outputsOf(prediction, artifact.labels, 1));
    expect(largestDifference(ours, outputs)).toBeLessThan(1e-6);
  });

  test('tells how its categories and labels were matched', async () => {
    const { report } = await importReference(client, FILE, { task: 'CLASSIFICATION', datasetId: dataset });
    expect(report).toContainEqual(expect.objectContaining({ code: 'MODEL_LABELS_BY_ORDER', severity: 'INFO' }));
    const ofOrder = report.filter(({ code }) => code === 'MODEL_CATEGORIES_BY_ORDER');
    expect(ofOrder.map(({ column }) => column)).toEqual(['d', 'e']);
    expect(ofOrder[0]?.message).toContain('0 d00, 1 d01');
  });

  test('is evaluated on all rows by a worker, and told of like a model that was trained here', async () => {
    const { trainingRun } = await client.execute<{ trainingRun: Record<string, unknown> }>(
      `query ($id: ID!) { trainingRun(id: $id) { status endReason attempt importedFrom datasetId refitted
         importedModel { maker objective filename sizeBytes sha256 }
         split { trainRows testRows } curve { iteration } warnings modelCard latest: events(first: 100) { kind stage status }
         metrics { primary { name value } } baseline { primary { value } } featureImportances { feature method isNoise }
         evaluation { confusionMatrix { labels } positiveClass } resources { cpuSeconds } } }`,
      { id: artifact.runId },
    );
    expect(trainingRun).toMatchObject({
      ...{ status: 'SUCCEEDED', endReason: 'COMPLETED', attempt: 1, importedFrom: 'XGBOOST_JSON', datasetId: dataset },
      ...{ refitted: false, split: { trainRows: null, testRows: ROWS }, curve: [] },
      metrics: { primary: { name: 'ACCURACY', value: 1 } },
      importedModel: {
        ...{ maker: 'XGBoost 1.7.4', objective: 'binary:logistic', filename: FILE },
        ...{
          sizeBytes: referenceBytes(FILE).length,
          sha256: createHash('sha256').update(referenceBytes(FILE)).digest('hex'),
        },
      },
      evaluation: { confusionMatrix: { labels: ['no', 'yes'] }, positiveClass: 'yes' },
    });
    expect(trainingRun['warnings']).toContainEqual(expect.stringContaining('trained elsewhere'));
    const stages = (trainingRun['latest'] as { stage: string }[]).map(({ stage }) => stage);
    expect(stages).toContain('EVALUATING');
    const importances = trainingRun['featureImportances'] as { feature: string; method: string; isNoise: boolean }[];
    expect(importances.map(({ feature }) => feature).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'unused']);
    expect(importances.find(({ feature }) => feature === 'unused')).toMatchObject({ isNoise: true });
    for (const part of ['imported from', 'XGBOOST_JSON', 'all 400 rows', 'evaluated by', `"datasetId": "${dataset}"`]) {
      expect(String(trainingRun['modelCard'])).toContain(part);
    }
  });

  test('has each column once, where its numbers have so many thresholds that several features read them', async () => {
    const file = 'xgb-many-thresholds.json';
    const { rows, outputs } = referenceRows(file, ROWS);
    const withTarget = rows.map((row, index) => ({ ...row, y: outputs[index]?.[0] ?? null }));
    const { id: datasetId } = await uploadDataset(client, { name: 'thresholds.csv', content: csvOf(withTarget) });
    const imported = await importAccepted(client, file, { task: 'REGRESSION', datasetId });
    const names = ['a', 'b', 'c', 'd', 'e', 'unused'];
    expect(imported.inputs.map(({ name }) => name)).toEqual(names);
    await endOfRun(client, imported.runId);
    const { trainingRun } = await client.execute<{
      trainingRun: { status: string; featureImportances: { feature: string }[] };
    }>('query ($id: ID!) { trainingRun(id: $id) { status featureImportances { feature } } }', { id: imported.runId });
    expect(trainingRun.status).toBe('SUCCEEDED');
    expect(trainingRun.featureImportances.map(({ feature }) => feature).toSorted()).toEqual(names);
    const { predict: explained } = await client.execute<{
      predict: {
        predictions: { value: number; base: number; contributions: { feature: string; contribution: number }[] }[];
      };
    }>(
      `query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) {
         predictions { value base contributions(limit: 10) { feature contribution } } } }`,
      { id: imported.id, rows: rows.slice(0, 3) },
    );
    for (const { value, base, contributions } of explained.predictions) {
      expect(contributions.map(({ feature }) => feature).toSorted()).toEqual(names);
      expect(contributions.reduce((sum, { contribution }) => sum + contribution, base)).toBeCloseTo(value, 6);
    }
  });

  test('is watched for drift, exported, named and pinned', async () => {
    const { startBatchPrediction: batch } = await client.execute<{ startBatchPrediction: { id: string } }>(
      'mutation ($input: StartBatchPredictionInput!) { startBatchPrediction(input: $input) { id } }',
      { input: { artifactId: artifact.id, datasetId: dataset, contributions: 2 } },
    );
    const ended = await eventually(async () => {
      const { batchPrediction } = await client.execute<{ batchPrediction: Record<string, unknown> }>(
        `query ($id: ID!) { batchPrediction(id: $id) { status error { code message } drift { column verdict }
           metrics { primary { value } } } }`,
        { id: batch.id },
      );
      expect(batchPrediction['status']).not.toMatch(/QUEUED|RUNNING/);
      return batchPrediction;
    });
    expect(ended).toMatchObject({ status: 'SUCCEEDED', metrics: { primary: { value: 1 } } });
    const drift = ended['drift'] as { column: string; verdict: string }[];
    expect(drift.filter(({ verdict }) => verdict !== 'NONE')).toEqual([]);
    expect(drift.map(({ column }) => column)).toEqual(expect.arrayContaining(['a', 'd', 'e']));
    for (const input of [{ artifactId: artifact.id }, { trainingRunId: artifact.runId }]) {
      const { createDownload } = await client.execute<{ createDownload: { url: string } }>(
        'mutation ($input: DownloadInput!) { createDownload(input: $input) { url } }',
        { input },
      );
      expect((await fetch(createDownload.url)).status).toBe(200);
    }
    const { setModelAlias, pinArtifact } = await client.execute<Record<string, unknown>>(
      `mutation ($id: ID!) { setModelAlias(name: "champion", artifactId: $id) { artifact { importedFrom } }
         pinArtifact(id: $id, pinned: true) { pinned } }`,
      { id: artifact.id },
    );
    expect(setModelAlias).toEqual({ artifact: { importedFrom: 'XGBOOST_JSON' } });
    expect(pinArtifact).toEqual({ pinned: true });
  });

  test('is exported to an ONNX file, which predicts what the library does', async () => {
    const { createDownload } = await client.execute<{ createDownload: { url: string } }>(
      'mutation ($id: ID!) { createDownload(input: { artifactId: $id, format: ONNX }) { url } }',
      { id: artifact.id },
    );
    const file = new Uint8Array(await (await fetch(createDownload.url)).arrayBuffer());
    const session = await ort.InferenceSession.create(file);
    const { rows, outputs } = referenceRows(FILE, ROWS);
    const texts = rows.map(withTexts);
    const feeds = Object.fromEntries(
      session.inputNames.map((name) => {
        const cells = texts.map((row) => row[name] ?? null);
        const isText = cells.some((cell) => typeof cell === 'string');
        const values = isText
          ? cells.map((cell) => (typeof cell === 'string' ? cell : ''))
          : cells.map((cell) => (typeof cell === 'number' ? cell : Number.NaN));
        return [name, new ort.Tensor(isText ? 'string' : 'float64', values, [ROWS, 1])];
      }),
    );
    const { probabilities } = await session.run(feeds);
    await session.release();
    if (probabilities === undefined) throw new Error('The file has no output of probabilities.');
    const ofSecond = [...(probabilities.data as Float32Array)].filter((_, index) => index % 2 === 1);
    expect(
      largestDifference(
        ofSecond.map((value) => [value]),
        outputs,
      ),
    ).toBeLessThan(1e-6);
  });

  test('is compared with one that was trained here, and counts in the statistics', async () => {
    const trained = await train(client, { datasetId: dataset, target: 'y', algorithm: 'DECISION_TREE' });
    const { compareRuns, metricsSummary } = await client.execute<{
      compareRuns: { warnings: string[]; runs: { importedFrom: string | null }[] };
      metricsSummary: { count: number };
    }>(
      `query ($ids: [ID!]!) { compareRuns(ids: $ids) { runs { importedFrom } warnings }
         metricsSummary(filter: { algorithm: GRADIENT_BOOSTING }) { count } }`,
      { ids: [artifact.runId, trained.id] },
    );
    expect(compareRuns.runs).toEqual([{ importedFrom: 'XGBOOST_JSON' }, { importedFrom: null }]);
    expect(compareRuns.warnings).toContainEqual(expect.stringContaining('Run 1 is of an imported model'));
    expect(metricsSummary.count).toBeGreaterThan(0);
  });

  test('cannot be trained again', async () => {
    await expect(
      client.execute('mutation ($id: ID!) { retryTraining(id: $id) { id } }', { id: artifact.runId }),
    ).rejects.toThrow(/CONFLICT.*|imported model was not trained here/);
  });

  test('goes with its dataset, and comes back with it', async () => {
    const other = await server.signUp();
    const datasetId = await uploadRows(other, 'other.csv');
    const own = await importAccepted(other, FILE, { task: 'CLASSIFICATION', datasetId });
    await endOfRun(other, own.runId);
    await other.execute('mutation ($id: ID!) { deleteDataset(id: $id) { id } }', { id: datasetId });
    const find = '{ artifacts { totalCount } }';
    expect(await other.execute(find)).toEqual({ artifacts: { totalCount: 0 } });
    await other.execute('mutation ($id: ID!) { restoreDataset(id: $id) { id } }', { id: datasetId });
    expect(await other.execute(find)).toEqual({ artifacts: { totalCount: 1 } });
    const [first] = referenceRows(FILE, 1).rows.map(withTexts);
    expect(await predict(other, own.id, [first ?? {}])).toHaveLength(1);
  });
});
