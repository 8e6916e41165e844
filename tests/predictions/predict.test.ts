import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, housesCsv } from '../support/csv-files.ts';
import { expectError } from '../support/expect-error.ts';
import { train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const PREDICT = `query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) {
  artifactId task predictions { label value probabilities { label probability } warnings { column code message } } } }`;

const SPLIT = { strategy: 'INTERLEAVED', testFraction: 0.2 };

interface Prediction {
  readonly label: string | null;
  readonly value: number | null;
  readonly probabilities: readonly { readonly label: string; readonly probability: number }[] | null;
  readonly warnings: readonly { readonly column: string; readonly code: string; readonly message: string }[];
}

let server: TestServer;
let client: TestClient;
let flowers: string;
let houses: string;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  flowers = (await uploadDataset(client, flowersCsv())).id;
  houses = (await uploadDataset(client, housesCsv())).id;
});

afterAll(() => server.close());

/** Trains a model and gives its id and its run's. */
async function modelOf(datasetId: string, algorithm: string): Promise<{ readonly id: string; readonly runId: string }> {
  const run = await train(client, { datasetId, algorithm, split: SPLIT });
  return { id: run.artifact?.id ?? 'none', runId: run.id };
}

async function predict(id: string, rows: readonly object[], asker = client): Promise<readonly Prediction[]> {
  const { predict: result } = await asker.execute<{ predict: { predictions: readonly Prediction[] } }>(PREDICT, {
    id,
    rows,
  });
  return result.predictions;
}

/** The rows of a file that its run was tested on, each as an object of texts. */
function testRowsOf(content: string): Record<string, string>[] {
  const [header = '', ...lines] = content.trimEnd().split('\n');
  const names = header.split(',');
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [names[at] ?? '', cell])));
  return rows.filter((_, index) => index % 5 === 4);
}

async function metricsOf(runId: string): Promise<Record<string, number>> {
  const { trainingRun } = await client.execute<{ trainingRun: { metrics: Record<string, number> } }>(
    `query ($id: ID!) { trainingRun(id: $id) { metrics {
       ... on ClassificationMetrics { accuracy logLoss } ... on RegressionMetrics { rmse mae } } } }`,
    { id: runId },
  );
  return trainingRun.metrics;
}

const ALGORITHMS = ['BASELINE', 'LINEAR', 'DECISION_TREE', 'RANDOM_FOREST', 'GRADIENT_BOOSTING'];

describe('predictions of the rows that a run was tested on', () => {
  test.each(ALGORITHMS)('%s: the accuracy and the log-loss are those of the run', async (algorithm) => {
    const { id, runId } = await modelOf(flowers, algorithm);
    const rows = testRowsOf(String(flowersCsv().content));
    const predictions = await predict(id, rows);
    const hits = predictions.filter(({ label }, index) => label === rows[index]?.['kind']);
    const losses = predictions.map(({ probabilities }, index) => {
      const own = probabilities?.find(({ label }) => label === rows[index]?.['kind']);
      return -Math.log(own?.probability ?? 0);
    });
    const { accuracy, logLoss } = await metricsOf(runId);
    expect(hits.length / rows.length).toBe(accuracy);
    expect(losses.reduce((sum, loss) => sum + loss, 0) / rows.length).toBeCloseTo(logLoss ?? Number.NaN, 9);
  });

  test.each(ALGORITHMS)('%s: the errors of a regression are those of the run', async (algorithm) => {
    const { id, runId } = await modelOf(houses, algorithm);
    const rows = testRowsOf(String(housesCsv().content));
    const predictions = await predict(id, rows);
    const errors = predictions.map(({ value }, index) => (value ?? Number.NaN) - Number(rows[index]?.['price']));
    const { rmse, mae } = await metricsOf(runId);
    const mean = (of: (error: number) => number) => errors.reduce((sum, error) => sum + of(error), 0) / errors.length;
    expect(Math.sqrt(mean((error) => error ** 2))).toBeCloseTo(rmse ?? Number.NaN, 9);
    expect(mean(Math.abs)).toBeCloseTo(mae ?? Number.NaN, 9);
  });
});

describe('a row', () => {
  let tree: string;

  beforeAll(async () => {
    tree = (await modelOf(flowers, 'DECISION_TREE')).id;
  });

  test('numbers may come as numbers or as texts, with the same prediction', async () => {
    const [one, other] = await predict(tree, [
      { petal: 4.2, soil: 'wet' },
      { petal: ' 4.2 ', soil: 'wet' },
    ]);
    expect(one).toEqual(other);
    expect(one?.warnings).toEqual([]);
  });

  test('the probabilities begin with the predicted label and sum to 1', async () => {
    const [prediction] = await predict(tree, [{ petal: 2.1, soil: 'dry' }]);
    expect(prediction?.label).toBe('daisy');
    expect(prediction?.probabilities?.[0]?.label).toBe('daisy');
    expect(prediction?.probabilities?.map(({ label }) => label).sort()).toEqual(['daisy', 'rose']);
    expect(prediction?.probabilities?.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
  });

  test('missing and unseen values and unknown columns are predicted, and reported', async () => {
    const [missing, unseen] = await predict(tree, [
      { petal: null, soil: 'NA', kind: 'rose' },
      { petal: 3, soil: 'mars', id: 7 },
    ]);
    expect(missing?.label).not.toBeNull();
    expect(missing?.warnings.map(({ column, code }) => [column, code])).toEqual([
      ['petal', 'MISSING_VALUE'],
      ['soil', 'MISSING_VALUE'],
      ['kind', 'UNKNOWN_COLUMN'],
    ]);
    expect(missing?.warnings[2]?.message).toContain('target');
    expect(unseen?.warnings.map(({ column, code }) => [column, code])).toEqual([
      ['soil', 'UNSEEN_VALUE'],
      ['id', 'UNKNOWN_COLUMN'],
    ]);
  });

  test('each value that is absent or of the wrong type is an error with its place', async () => {
    const { data, errors } = await client.request(PREDICT, {
      id: tree,
      rows: [
        { petal: 1, soil: 'wet' },
        { soil: 'wet' },
        { petal: 'long', soil: ['wet'] },
        { petal: { a: 1 }, soil: true },
      ],
    });
    expect(data?.['predict']).toBeNull();
    expect(errors.map(({ extensions }) => [extensions.code, extensions['argument']])).toEqual([
      ['BAD_USER_INPUT', 'rows[1].petal'],
      ['BAD_USER_INPUT', 'rows[2].petal'],
      ['BAD_USER_INPUT', 'rows[2].soil'],
      ['BAD_USER_INPUT', 'rows[3].petal'],
    ]);
    expect(errors[1]?.message).toContain('"long" cannot be read as a number');
  });

  test('names such as __proto__ and constructor are columns like others', async () => {
    const row = JSON.parse('{"petal": 3, "soil": "wet", "__proto__": {"petal": 1}, "constructor": 2}') as object;
    const [prediction] = await predict(tree, [row]);
    expect(prediction?.warnings.every(({ code }) => code === 'UNKNOWN_COLUMN')).toBe(true);
    // Inherited, not a value of the row.
    const { errors } = await client.request(PREDICT, { id: tree, rows: [JSON.parse('{"__proto__": {"petal": 1}}')] });
    expect(errors.map(({ extensions }) => extensions['argument'])).toEqual(['rows[0].petal', 'rows[0].soil']);
  });

  test('a row may have more columns than any input has fields', async () => {
    const others = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`other${index}`, index]));
    const [prediction] = await predict(tree, [{ petal: 3, soil: 'wet', ...others }]);
    expect(prediction?.warnings).toHaveLength(500);
  });

  test('1,000 rows are predicted at once, 1,001 are refused, none are none', async () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => ({ petal: index / 200, soil: 'wet' }));
    const query =
      'query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) { predictions { label } } }';
    const { predict: result } = await client.execute<{ predict: { predictions: object[] } }>(query, { id: tree, rows });
    expect(result.predictions).toHaveLength(1_000);
    const { errors } = await client.request(query, { id: tree, rows: [...rows, rows[0]] });
    expectError(errors, 'BAD_USER_INPUT', { argument: 'rows' });
    expect(await predict(tree, [])).toEqual([]);
  });

  test('rows that are no objects are refused', async () => {
    for (const rows of [[1], ['a'], [[1]], [null], 'a', null]) {
      const { errors } = await client.request(PREDICT, { id: tree, rows });
      expect(
        errors.map(({ extensions }) => extensions.code),
        JSON.stringify(rows),
      ).toEqual(['BAD_USER_INPUT']);
    }
  });
});

describe('a model', () => {
  test('an unknown model, and one of another workspace, are not found, also after they have predicted', async () => {
    const { id } = await modelOf(flowers, 'LINEAR');
    await predict(id, [{ petal: 3, soil: 'wet' }]);
    const other = await server.signUp();
    for (const unknown of [id, '00000000-0000-4000-8000-000000000000', 'x']) {
      const { data, errors } = await other.request(PREDICT, { id: unknown, rows: [{ petal: 3, soil: 'wet' }] });
      expect(data?.['predict']).toBeNull();
      expectError(errors, 'NOT_FOUND');
    }
    await client.execute('mutation ($id: ID!) { deleteArtifact(id: $id) { deleted } }', { id });
    const { errors } = await client.request(PREDICT, { id, rows: [{ petal: 3, soil: 'wet' }] });
    expectError(errors, 'NOT_FOUND');
  });

  test('the model must be named', async () => {
    const { errors } = await client.request('{ predict(rows: []) { task } }');
    expectError(errors, 'BAD_USER_INPUT', { argument: 'artifactId' });
  });
});

test('models that are larger than the cache predict all the same', async () => {
  const small = await startTestServer({ MAX_PREDICTION_CACHE_BYTES: '0' });
  try {
    const user = await small.signUp();
    const { id: datasetId } = await uploadDataset(user, flowersCsv());
    const run = await train(user, { datasetId, algorithm: 'LINEAR' });
    for (let round = 0; round < 3; round++) {
      expect(await predict(run.artifact?.id ?? 'none', [{ petal: 3, soil: 'wet' }], user)).toHaveLength(1);
    }
  } finally {
    await small.close();
  }
});

describe('contributions', () => {
  const EXPLAIN = `query ($id: ID!, $rows: [JSONObject!]!, $label: String) { predict(artifactId: $id, rows: $rows) { predictions {
    label value probabilities { label probability } base(label: $label)
    contributions(limit: 100, label: $label) { feature value contribution } } } }`;

  interface Explained extends Prediction {
    readonly base: number | null;
    readonly contributions: readonly { feature: string; value: string | null; contribution: number }[] | null;
  }

  async function explain(
    id: string,
    rows: readonly object[],
    label: string | null = null,
  ): Promise<readonly Explained[]> {
    const { predict: result } = await client.execute<{ predict: { predictions: readonly Explained[] } }>(EXPLAIN, {
      id,
      rows,
      label,
    });
    return result.predictions;
  }

  const sumOf = ({ base, contributions }: Explained) =>
    (contributions ?? []).reduce((sum, { contribution }) => sum + contribution, base ?? Number.NaN);

  const HOUSES = [
    { size: 80, town: 'Bern' },
    { size: null, town: 'Aden' },
    { size: 120, town: 'Dakar' },
  ];

  test.each(ALGORITHMS)('%s: the base and all contributions sum to the value', async (algorithm) => {
    const { id } = await modelOf(houses, algorithm);
    for (const prediction of await explain(id, HOUSES)) {
      expect(sumOf(prediction)).toBeCloseTo(prediction.value ?? Number.NaN, 6);
    }
  });

  test.each(ALGORITHMS)('%s: the contributions of a label sum to its margin or its probability', async (algorithm) => {
    const { id } = await modelOf(flowers, algorithm);
    const rows = [
      { petal: 4.1, soil: 'dry' },
      { petal: 2.2, soil: null },
    ];
    for (const label of ['rose', 'daisy']) {
      for (const prediction of await explain(id, rows, label)) {
        const probability = prediction.probabilities?.find((each) => each.label === label)?.probability ?? Number.NaN;
        const hasMargin = ['LINEAR', 'GRADIENT_BOOSTING'].includes(algorithm);
        const expected = hasMargin ? Math.log(probability / (1 - probability)) : probability;
        expect(sumOf(prediction)).toBeCloseTo(expected, 6);
      }
    }
  });

  test('contributions show the row’s values, the largest effect first, of the predicted label by default', async () => {
    const { id } = await modelOf(flowers, 'GRADIENT_BOOSTING');
    const [byDefault] = await explain(id, [{ petal: 4.4, soil: null, id: 1 }]);
    expect(byDefault?.label).toBe('rose');
    expect(byDefault?.contributions?.map(({ feature, value }) => [feature, value])).toEqual([
      ['petal', '4.4'],
      ['soil', null],
    ]);
    expect(byDefault?.contributions?.[0]?.contribution).toBeGreaterThan(0);
    const [asked] = await explain(id, [{ petal: 4.4, soil: null }], 'rose');
    expect(asked?.base).toBe(byDefault?.base);
  });

  test('only as many contributions come as are asked for, and at least one', async () => {
    const { id } = await modelOf(flowers, 'LINEAR');
    const query = (limit: number) => `query ($id: ID!, $rows: [JSONObject!]!) {
      predict(artifactId: $id, rows: $rows) { predictions { contributions(limit: ${limit}) { feature } } } }`;
    const rows = [{ petal: 3, soil: 'wet' }];
    expect(await client.execute(query(1), { id, rows })).toMatchObject({
      predict: { predictions: [{ contributions: [{ feature: 'petal' }] }] },
    });
    expectError((await client.request(query(0), { id, rows })).errors, 'BAD_USER_INPUT', { argument: 'limit' });
  });

  test('an unknown label, and any label of a regression, are refused', async () => {
    const [classifier, regressor] = [await modelOf(flowers, 'LINEAR'), await modelOf(houses, 'LINEAR')];
    for (const [id, row] of [[classifier.id, { petal: 3, soil: 'wet' }] as const, [regressor.id, HOUSES[0]] as const]) {
      const { errors } = await client.request(EXPLAIN, { id, rows: [row], label: 'tulip' });
      expect(errors.map(({ extensions }) => [extensions.code, extensions['argument']])).toEqual([
        ['BAD_USER_INPUT', 'label'],
        ['BAD_USER_INPUT', 'label'],
      ]);
    }
  });
});

describe('what a model asks for', () => {
  const DESCRIBE = `query ($id: ID!) { artifact(id: $id) { labels inputs {
    name kind min max median importance categories categoriesOfOne: categories(limit: 1) } } }`;

  test('an artifact tells its labels, and the ranges and categories of what it reads, also without its dataset', async () => {
    const { id: datasetId } = await uploadDataset(client, { ...flowersCsv(), name: 'short-lived.csv' });
    const { id } = await modelOf(datasetId, 'GRADIENT_BOOSTING');
    const before = await client.execute(DESCRIBE, { id });
    expect(before).toMatchObject({
      artifact: {
        labels: ['daisy', 'rose'],
        inputs: [
          { name: 'petal', kind: 'NUMERIC', min: 2, max: 5.2, categories: [] },
          { name: 'soil', kind: 'CATEGORICAL', min: null, max: null, median: null },
        ],
      },
    });
    const { artifact } = before as { artifact: { inputs: Record<string, unknown>[] } };
    const [petal, soil] = artifact.inputs;
    expect(petal?.['median']).toBeGreaterThan(2);
    expect(petal?.['importance']).toBeGreaterThan(0);
    expect(new Set(soil?.['categories'] as string[])).toEqual(new Set(['dry', 'wet']));
    expect(soil?.['categoriesOfOne']).toHaveLength(1);
  });

  test('a regression has no labels', async () => {
    const { id } = await modelOf(houses, 'LINEAR');
    const described = await client.execute<{ artifact: { labels: null; inputs: { name: string }[] } }>(DESCRIBE, {
      id,
    });
    expect(described.artifact.labels).toBeNull();
    expect(described.artifact.inputs.map(({ name }) => name)).toEqual(['size', 'town']);
  });

  test('the models of a page of artifacts are described together', async () => {
    const { artifacts } = await client.execute<{ artifacts: { nodes: { inputs: object[] }[] } }>(
      '{ artifacts(first: 50) { nodes { inputs { name importance } } } }',
    );
    expect(artifacts.nodes.length).toBeGreaterThan(5);
    for (const { inputs } of artifacts.nodes) expect(inputs).toHaveLength(2);
  });
});
