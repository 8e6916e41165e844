import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, housesCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { expectError } from '../../support/expect-error.ts';
import { addMember } from '../../support/members.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import {
  BATCH,
  batchFile,
  predictBatch,
  START_BATCH,
  scoredRows,
  startBatch,
  type TestBatch,
} from './batch-operations.ts';

const SPLIT = { strategy: 'INTERLEAVED', testFraction: 0.2 };

let server: TestServer;
let client: TestClient;
/** Datasets, and models that were trained on them. */
let flowers: string;
let houses: string;
let flowerModel: string;
let houseModel: string;
let flowerRun: string;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  flowers = (await uploadDataset(client, flowersCsv(300))).id;
  houses = (await uploadDataset(client, housesCsv(300))).id;
  const run = await train(client, { datasetId: flowers, algorithm: 'GRADIENT_BOOSTING', split: SPLIT });
  [flowerRun, flowerModel] = [run.id, run.artifact?.id ?? ''];
  houseModel = (await train(client, { datasetId: houses, algorithm: 'LINEAR', split: SPLIT })).artifact?.id ?? '';
});

afterAll(() => server.close());

async function upload(content: string, input: object = {}): Promise<string> {
  return (await uploadDataset(client, { name: 'batch.csv', content }, input)).id;
}

/** A file that is too small to be trained on, and the kinds that its upload found. */
async function uploadOfOne(content: string): Promise<{ id: string; columns: readonly { kind: string }[] }> {
  const { uploadDataset: uploaded } = await client.executeWithFile<{
    uploadDataset: {
      dataset: { id: string; columns: readonly { kind: string }[]; issues: readonly { code: string }[] };
    };
  }>('mutation ($file: Upload!) { uploadDataset(file: $file) { dataset { id columns { kind } issues { code } } } }', {
    name: 'one.csv',
    content,
  });
  expect(uploaded.dataset.issues).toEqual([{ code: 'CSV_TOO_FEW_ROWS' }]);
  return uploaded.dataset;
}

const PREDICT = `query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) {
  predictions { label value probabilities { label probability } contributions(limit: 2) { feature contribution } } } }`;

interface Predicted {
  readonly label: string | null;
  readonly value: number | null;
  readonly probabilities: readonly { readonly label: string; readonly probability: number }[] | null;
  readonly contributions: readonly { readonly feature: string; readonly contribution: number }[];
}

async function predict(id: string, rows: readonly object[]): Promise<readonly Predicted[]> {
  const { predict: result } = await client.execute<{ predict: { predictions: readonly Predicted[] } }>(PREDICT, {
    id,
    rows,
  });
  return result.predictions;
}

describe('the file of a batch prediction', () => {
  test('has the bytes of each row, and beside it what predict says of it: label, probabilities and contributions', async () => {
    const { id, preview, rowCount } = await predictBatch(client, {
      artifactId: flowerModel,
      datasetId: flowers,
      contributions: 2,
    });
    const text = await batchFile(client, id);
    const original = String(flowersCsv(300).content).trimEnd().split('\n');
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(original.length);
    expect(lines.filter((line, index) => !line.startsWith(`${original[index]},`))).toEqual([]);
    const rows = parse(text, { columns: true }) as Record<string, string>[];
    expect(rowCount).toBe(300);
    const expected = await predict(
      flowerModel,
      rows.map(({ petal, soil }) => ({ petal, soil })),
    );
    rows.forEach((row, index) => {
      const { label, probabilities, contributions } = expected[index]!;
      expect(row['predicted_kind']).toBe(label);
      for (const each of probabilities ?? []) expect(Number(row[`probability_${each.label}`])).toBe(each.probability);
      contributions.forEach(({ feature, contribution }, place) => {
        expect(row[`contribution_${place + 1}_column`]).toBe(feature);
        expect(Number(row[`contribution_${place + 1}`])).toBeCloseTo(contribution, 12);
      });
    });
    expect(preview).toHaveLength(20);
    preview.forEach(({ row, label, value, probability }, index) => {
      expect([row, label, value]).toEqual([index + 1, rows[index]?.['predicted_kind'], null]);
      expect(probability).toBe(Number(rows[index]?.[`probability_${label}`]));
    });
  });

  test('of a regression has the values, in order, of a dataset with other columns, quotes and line ends', async () => {
    const lines = Array.from({ length: 40 }, (_, row) => `${row},"size ""${row}""\nmore",${40 + row},Bern`);
    const datasetId = await upload(`id,"a, note",size,town\r\n${lines.join('\r\n')}\r\n`);
    const { id } = await predictBatch(client, { artifactId: houseModel, datasetId });
    const text = await batchFile(client, id);
    const rows = parse(text, { columns: true }) as Record<string, string>[];
    expect(text.startsWith('id,"a, note",size,town,predicted_price\r\n0,"size ""0""\nmore",40,Bern,')).toBe(true);
    const expected = await predict(
      houseModel,
      rows.map(({ size, town }) => ({ size, town })),
    );
    expect(rows.map((row) => Number(row['predicted_price']))).toEqual(expected.map(({ value }) => value));
    expect(rows.map(({ id: number }) => Number(number))).toEqual(lines.map((_, row) => row));
  });

  test('is in UTF-8 with the dialect of a file in another encoding, whose numbers are read as the model reads them', async () => {
    const rows = Array.from({ length: 12 }, (_, row) => `${40 + row};Z\u00fcrich`);
    const content = Buffer.from(`size;town\n${rows.join('\n')}\n`, 'utf16le');
    const datasetId = (
      await uploadDataset(client, { name: 'wide.csv', content: Buffer.concat([Buffer.of(0xff, 0xfe), content]) })
    ).id;
    const text = await batchFile(client, (await predictBatch(client, { artifactId: houseModel, datasetId })).id);
    expect(text.startsWith('\ufeffsize;town;predicted_price\n40;Z\u00fcrich;')).toBe(true);
    expect(text.trimEnd().split('\n')).toHaveLength(13);
  });

  test('cannot run as formulas: an apostrophe stands before texts that begin like one, and numbers stay numbers', async () => {
    const cells = ['=1+2', '"=cmd(""x"")"', '+A1', '-A1', '@x', '-5', '-', 'plain'];
    const lines = cells.map((cell) => `${cell},50,Aden`);
    const datasetId = await upload(`note,size,town\n${lines.join('\n')}\n`);
    const text = await batchFile(client, (await predictBatch(client, { artifactId: houseModel, datasetId })).id);
    const rows = parse(text, { columns: true }) as Record<string, string>[];
    expect(rows.map(({ note }) => note)).toEqual(["'=1+2", `'=cmd("x")`, "'+A1", "'-A1", "'@x", '-5', '-', 'plain']);
  });

  test('does not depend on how many threads read it, or where they cut it', async () => {
    const lines = Array.from({ length: 60_000 }, (_, row) => {
      const note = row % 7 === 0 ? `"a ""note""\n\nof ${row}, in lines"` : `row ${row}`;
      return `${((row * 7) % 60) / 10},${['wet', 'dry', 'odd', ''][row % 4]},${note}`;
    });
    const datasetId = await upload(`petal,soil,note\n${lines.join('\n')}\n`);
    const { id, rowCount } = await predictBatch(client, { artifactId: flowerModel, datasetId });
    expect(rowCount).toBe(60_000);
    const rows = parse(await batchFile(client, id), { columns: true }) as Record<string, string>[];
    const samples = [0, 7, 21_000, 21_001, 59_999].map((at) => rows[at] ?? {});
    const expected = await predict(
      flowerModel,
      samples.map(({ petal, soil }) => ({ petal, soil })),
    );
    expect(rows).toHaveLength(60_000);
    expect(samples.map((row) => row['predicted_kind'])).toEqual(expected.map(({ label }) => label));
    expect(rows[21_000]?.['note']).toBe('a "note"\n\nof 21000, in lines');
  });

  test('of a single row, in which every column is constant, is what predict says of it', async () => {
    const { id: datasetId, columns } = await uploadOfOne('size,town\n"50.5",Aden\n');
    expect(columns.map(({ kind }) => kind)).toEqual(['CONSTANT', 'CONSTANT']);
    const { id, rowCount, preview, warnings } = await predictBatch(client, { artifactId: houseModel, datasetId });
    const [expected] = await predict(houseModel, [{ size: '50.5', town: 'Aden' }]);
    expect([rowCount, preview, warnings]).toEqual([
      1,
      [{ row: 1, label: null, value: expected?.value, low: null, high: null, probability: null }],
      [],
    ]);
    expect(await batchFile(client, id)).toBe(`size,town,predicted_price\n"50.5",Aden,${expected?.value}\n`);
  });

  test('of two rows, with an id and a column that is constant, is what predict says of them', async () => {
    const datasetId = await upload('id,size,town\n1,50,Aden\n2,50,Aden\n');
    const { preview } = await predictBatch(client, { artifactId: houseModel, datasetId });
    const [expected] = await predict(houseModel, [{ size: 50, town: 'Aden' }]);
    expect(preview.map(({ value }) => value)).toEqual([expected?.value, expected?.value]);
  });
});

test('a batch prediction by a model with an interval has its ends beside the value, and how often they held', async () => {
  const parameters = { folds: 3 };
  const run = await train(client, { datasetId: houses, algorithm: 'LINEAR', split: SPLIT, parameters });
  const artifactId = run.artifact?.id ?? '';
  const datasetId = await upload(String(housesCsv(310).content));
  const { id, preview, evaluation } = await predictBatch(client, { artifactId, datasetId, contributions: 1 });
  const [header, ...lines] = (await batchFile(client, id)).trimEnd().split('\n');
  expect(header).toBe(
    'size,town,price,predicted_price,predicted_price_low,predicted_price_high,contribution_1_column,contribution_1',
  );
  const rows = parse([header, ...lines].join('\n'), { columns: true }) as Record<string, string>[];
  const { predict: expected } = await client.execute<{ predict: { predictions: readonly object[] } }>(
    'query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) { predictions { value low high } } }',
    { id: artifactId, rows: rows.map(({ size, town }) => ({ size, town })) },
  );
  const ends = rows.map((row) => ({
    value: Number(row['predicted_price']),
    low: Number(row['predicted_price_low']),
    high: Number(row['predicted_price_high']),
  }));
  expect(ends).toEqual(expected.predictions);
  expect(preview.map(({ value, low, high }) => ({ value, low, high }))).toEqual(ends.slice(0, 20));
  const radius = evaluation?.interval?.radius ?? 0;
  expect(ends.every(({ low, high }) => high - low > 0 && Math.abs(high - low - 2 * radius) < 1e-9 * high)).toBe(true);
  expect(evaluation?.interval).toMatchObject({ level: 0.9, coverage: expect.any(Number) });
});

describe('the metrics of a batch prediction', () => {
  test('on the dataset of the training are those of the run, on its test rows', async () => {
    const { metrics, warnings } = await predictBatch(client, { artifactId: flowerModel, datasetId: flowers });
    const { trainingRun } = await client.execute<{ trainingRun: { metrics: TestBatch['metrics'] } }>(
      `query ($id: ID!) { trainingRun(id: $id) { metrics {
         ... on ClassificationMetrics { accuracy logLoss rocAuc } } } }`,
      { id: flowerRun },
    );
    expect(metrics).toEqual(trainingRun.metrics);
    expect(warnings.filter(({ column }) => column === 'kind')).toMatchObject([{ code: 'TRAINING_ROWS' }]);
  });

  test('are null where the dataset has no target', async () => {
    const datasetId = await upload('size,town\n50,Aden\n60,Bern\n70,Cali\n');
    expect(await predictBatch(client, { artifactId: houseModel, datasetId })).toMatchObject({ metrics: null });
  });

  test('on a newer version leave out the rows that the model was trained on', async () => {
    const lineOf = (index: number) => `${index * 1.25 + 0.5},${index % 3},${index % 2 === 0 || index % 11 === 0}`;
    const older = Array.from({ length: 200 }, (_, index) => lineOf(index));
    const newer = Array.from({ length: 60 }, (_, index) => lineOf(index + 1_000));
    const header = 'weight,group,sold';
    const trained = await upload(`${header}\n${older.join('\n')}\n`);
    const run = await train(client, { datasetId: trained, target: 'sold', algorithm: 'DECISION_TREE', split: SPLIT });
    const datasetId = await upload(`${header}\n${[...older, ...newer].join('\n')}\n`);
    const batch = await predictBatch(client, { artifactId: run.artifact?.id, datasetId });
    // The new rows, and the test rows of the older ones.
    expect(scoredRows(batch)).toBe(60 + 40);
    expect(batch.warnings.find(({ code }) => code === 'TRAINING_ROWS')?.message).toMatch(/^160 of 260 /);
  });

  test('count all rows, and say so, where rows that are equal by chance would be left out', async () => {
    // Twelve different rows, over and over.
    const lines = Array.from({ length: 240 }, (_, index) => `${index % 3},${index % 2},${index % 4 < 2 ? 'a' : 'b'}`);
    const trained = await upload(`x,y,answer\n${lines.join('\n')}\n`);
    const run = await train(client, { datasetId: trained, target: 'answer', algorithm: 'DECISION_TREE', split: SPLIT });
    const datasetId = await upload(`x,y,answer\n${lines.slice(0, 120).join('\n')}\n`);
    const batch = await predictBatch(client, { artifactId: run.artifact?.id, datasetId });
    expect(scoredRows(batch)).toBe(120);
    expect(batch.warnings.map(({ code }) => code)).toContain('TRAINING_ROWS_UNKNOWN');
  });
});

describe('the drift of a batch prediction', () => {
  test('is none for the training data, and strong in the column that has moved and in the predictions', async () => {
    const { drift: same } = await predictBatch(client, { artifactId: houseModel, datasetId: houses });
    expect(same?.map(({ column, verdict }) => [column, verdict])).toEqual([
      ['size', 'NONE'],
      ['town', 'NONE'],
      ['price', 'NONE'],
    ]);
    const lines = Array.from(
      { length: 300 },
      (_, index) => `${400 + (index % 50)},${['Aden', 'Bern', 'Cali'][index % 3]}`,
    );
    const moved = await predictBatch(client, {
      artifactId: houseModel,
      datasetId: await upload(`size,town\n${lines.join('\n')}\n`),
    });
    const byColumn = new Map(moved.drift?.map((each) => [each.column, each]));
    expect(byColumn.get('size')).toMatchObject({ verdict: 'STRONG', unseenRatio: 1, missingNow: 0 });
    expect(byColumn.get('town')).toMatchObject({ verdict: 'NONE', unseenRatio: 0 });
    expect(byColumn.get('price')).toMatchObject({ verdict: 'STRONG' });
  });

  test('does not speak of a handful of rows that look like the training data', async () => {
    const datasetId = await upload(String(housesCsv(8).content));
    const { drift } = await predictBatch(client, { artifactId: houseModel, datasetId });
    expect(drift?.filter(({ verdict }) => verdict !== 'NONE')).toEqual([]);
  });

  test('tells of missing, unseen and unreadable values, by share and in warnings', async () => {
    const datasetId = await upload('size,town,note\n,Aden,a\nbig,Bern,b\n60,Oslo,c\n70,Cali,d\n');
    const { drift, warnings } = await predictBatch(client, { artifactId: houseModel, datasetId });
    expect(drift?.find(({ column }) => column === 'size')).toMatchObject({ missingBefore: 0, missingNow: 0.5 });
    expect(drift?.find(({ column }) => column === 'town')).toMatchObject({ unseenRatio: 0.25 });
    expect(warnings.map(({ column, code }) => `${column} ${code}`)).toEqual([
      'size UNREADABLE_VALUE',
      'size MISSING_VALUE',
      'town UNSEEN_VALUE',
    ]);
  });
});

describe('a request for a batch prediction', () => {
  test('is refused where the dataset lacks columns that the model reads, and names them', async () => {
    const datasetId = await upload('size,other\n1,2\n3,4\n5,7\n');
    const result = await client.request(START_BATCH, { input: { artifactId: houseModel, datasetId } });
    expectError(result.errors, 'BAD_USER_INPUT', { argument: 'input.datasetId' });
    expect(result.errors[0]?.message).toContain('the column town');
  });

  test('is refused for unknown ids, too many contributions, and readers of the workspace', async () => {
    const input = { artifactId: houseModel, datasetId: houses };
    const unknown = '00000000-0000-4000-8000-000000000000';
    expectError((await client.request(START_BATCH, { input: { ...input, artifactId: unknown } })).errors, 'NOT_FOUND');
    expectError((await client.request(START_BATCH, { input: { ...input, datasetId: unknown } })).errors, 'NOT_FOUND');
    const tooMany = await client.request(START_BATCH, { input: { ...input, contributions: 11 } });
    expectError(tooMany.errors, 'BAD_USER_INPUT', { argument: 'input.contributions' });
    const { client: reader } = await addMember(server, client, 'READER');
    expectError((await reader.request(START_BATCH, { input })).errors, 'FORBIDDEN');
  });

  test('gives the same one for the same key, and a conflict for another request', async () => {
    const input = { artifactId: houseModel, datasetId: houses, idempotencyKey: 'again' };
    const [one, other] = await Promise.all([startBatch(client, input), startBatch(client, input)]);
    expect(other.id).toBe(one.id);
    const conflict = await client.request(START_BATCH, { input: { ...input, contributions: 1 } });
    expectError(conflict.errors, 'IDEMPOTENCY_CONFLICT', { argument: 'input.idempotencyKey' });
  });
});

test('batch predictions are listed, counted and filtered, and found as nodes with their model and dataset', async () => {
  const own = await server.signUp();
  const datasetId = (await uploadDataset(own, housesCsv())).id;
  const artifactId = (await train(own, { datasetId, algorithm: 'LINEAR' })).artifact?.id;
  const one = await predictBatch(own, { artifactId, datasetId });
  const two = await predictBatch(own, { artifactId, datasetId });
  const { all, none, node } = await own.execute<{
    all: { totalCount: number; nodes: readonly TestBatch[] };
    none: { totalCount: number };
    node: { __typename: string; artifact: { id: string }; dataset: { id: string }; queuePosition: null };
  }>(
    `query ($artifact: ID!, $id: ID!) {
      all: batchPredictions(filter: { artifactId: $artifact, statuses: [SUCCEEDED] }) { totalCount nodes { ${BATCH} } }
      none: batchPredictions(filter: { statuses: [QUEUED] }) { totalCount }
      node(id: $id) { __typename ... on BatchPrediction { artifact { id } dataset { id } queuePosition } } }`,
    { artifact: artifactId, id: one.id },
  );
  expect(all.nodes.map(({ id }) => id)).toEqual([two.id, one.id]);
  expect([all.totalCount, none.totalCount]).toEqual([2, 0]);
  expect(node).toEqual({
    __typename: 'BatchPrediction',
    artifact: { id: artifactId },
    dataset: { id: datasetId },
    queuePosition: null,
  });
});

test('a batch prediction that has not begun is cancelled, and has no file', async () => {
  const idle = await startTestServer({}, { worker: false });
  try {
    const own = await idle.signUp();
    const datasetId = (await uploadDataset(own, housesCsv())).id;
    const worker = await idle.startWorker();
    const artifactId = (await train(own, { datasetId, algorithm: 'LINEAR' })).artifact?.id;
    await worker.close();
    const [first, second] = [
      await startBatch(own, { artifactId, datasetId }),
      await startBatch(own, { artifactId, datasetId }),
    ];
    const CANCEL = `mutation ($id: ID!) { cancelBatchPrediction(id: $id) { status stage cancelRequestedAt } }`;
    const position = async () =>
      (
        await own.execute<{ batchPrediction: { queuePosition: number | null } }>(
          'query ($id: ID!) { batchPrediction(id: $id) { queuePosition } }',
          { id: second.id },
        )
      ).batchPrediction.queuePosition;
    expect(await position()).toBe(2);
    const cancelled = await own.execute<{ cancelBatchPrediction: object }>(CANCEL, { id: first.id });
    expect(cancelled.cancelBatchPrediction).toMatchObject({ status: 'CANCELLED', stage: 'DONE' });
    await eventually(async () => expect(await position()).toBe(1));
    const download = await own.request(
      'mutation ($id: ID!) { createDownload(input: { batchPredictionId: $id }) { url } }',
      {
        id: first.id,
      },
    );
    expectError(download.errors, 'NOT_FOUND');
    await own.execute(CANCEL, { id: second.id });
    expect(await own.execute(CANCEL, { id: second.id })).toMatchObject({
      cancelBatchPrediction: { status: 'CANCELLED' },
    });
  } finally {
    await idle.close();
  }
});

test('the road of a model: trained, asked for one row, applied to a newer version whose prices have moved, which its drift shows', async () => {
  const own = await server.signUp();
  const lineOf = (index: number, shift: number) => {
    // No two rows have the same size.
    const size = 40 + ((index * 37) % 101) + index / 1_000 + shift;
    return `${index},${size},${['Aden', 'Bern', 'Cali'][index % 3]},${size * 3 + (index % 3) * 50}`;
  };
  const header = 'id,size,town,price\n';
  const older = Array.from({ length: 400 }, (_, index) => lineOf(index, 0));
  const first = await uploadDataset(own, { name: 'homes.csv', content: `${header}${older.join('\n')}\n` });
  const run = await train(own, { datasetId: first.id, target: 'price', algorithm: 'GRADIENT_BOOSTING', split: SPLIT });
  const artifactId = run.artifact?.id;
  const { predict: one } = await own.execute<{ predict: { predictions: readonly Predicted[] } }>(PREDICT, {
    id: artifactId,
    rows: [{ size: 60, town: 'Bern' }],
  });
  const newer = Array.from({ length: 400 }, (_, index) => lineOf(400 + index, 80));
  const content = `${header}${[...older, ...newer, '800,60,Bern,230'].join('\n')}\n`;
  const second = await uploadDataset(own, { name: 'homes.csv', content });
  expect([first.version, second.version]).toEqual([1, 2]);
  const batch = await predictBatch(own, { artifactId, datasetId: second.id });
  const rows = parse(await batchFile(own, batch.id), { columns: true }) as Record<string, string>[];
  expect(Number(rows.at(-1)?.['predicted_price'])).toBe(one.predictions[0]?.value);
  expect(batch.warnings.find(({ code }) => code === 'TRAINING_ROWS')?.message).toMatch(/^320 of 801 /);
  expect(batch.metrics?.['rmse']).toBeGreaterThan(0);
  expect(batch.drift?.map(({ column, verdict }) => `${column} ${verdict}`)).toEqual([
    'size STRONG',
    'town NONE',
    'price STRONG',
  ]);
});
