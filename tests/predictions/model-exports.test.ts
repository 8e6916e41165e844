import { DecisionTreeClassifier, DecisionTreeRegression } from 'ml-cart';
import LogisticRegression from 'ml-logistic-regression';
import { Matrix } from 'ml-matrix';
import * as ort from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectError } from '../support/expect-error.ts';
import { train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const CREATE = `mutation ($input: DownloadInput!) { createDownload(input: $input) { url filename sizeBytes } }`;

let server: TestServer;
let client: TestClient;
let datasetId: string;

/** Numbers without gaps, a text, and targets of two labels, of three, and of a number. */
function numbersCsv(): { readonly name: string; readonly content: string } {
  const lines = Array.from({ length: 200 }, (_, row) => {
    const [x, y] = [(row * 37) % 101, (row * 53) % 89];
    const level = x + y > 120 ? 'high' : x + y > 70 ? 'middle' : 'low';
    const day = new Date(Date.UTC(2020, 0, 1 + row * 11)).toISOString().slice(0, 10);
    return `${day},${x},${y},${['a', 'b'][row % 2]},${row % 10 === 0 ? '' : x},${x > y ? 'yes' : 'no'},${level},${2 * x - y}`;
  });
  return { name: 'numbers.csv', content: `day,x,y,city,gaps,larger,level,amount\n${lines.join('\n')}\n` };
}

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  datasetId = (await uploadDataset(client, numbersCsv())).id;
});

afterAll(() => server.close());

async function modelOf(algorithm: string, target: string, features: readonly string[] = ['x', 'y']): Promise<string> {
  const run = await train(client, { datasetId, algorithm, target, features });
  return run.artifact?.id ?? 'none';
}

async function download(artifactId: string, format: string): Promise<unknown> {
  const { createDownload: link } = await client.execute<{ createDownload: { url: string; filename: string } }>(CREATE, {
    input: { artifactId, format },
  });
  expect(link.filename).toMatch(/^model-[0-9a-f-]+\.ml-[a-z-]+\.json$/);
  const response = await fetch(link.url);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('content-disposition')).toContain('attachment');
  return await response.json();
}

const ROWS = Array.from({ length: 50 }, (_, row) => ({ x: (row * 13) % 101, y: (row * 29) % 89 }));

/** What the API says of the rows. */
async function predicted(
  artifactId: string,
  rows: readonly object[] = ROWS,
): Promise<readonly (string | number | null)[]> {
  const { predict } = await client.execute<{
    predict: { predictions: { label: string | null; value: number | null }[] };
  }>(
    'query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) { predictions { label value } } }',
    { id: artifactId, rows },
  );
  return predict.predictions.map(({ label, value }) => label ?? value);
}

const labelsOf = (file: unknown) => (file as { labels: string[] }).labels;

describe('a model in the form of another library', () => {
  test.each(['larger', 'level'])('ml-cart loads a tree and predicts the labels of the API: %s', async (target) => {
    const id = await modelOf('DECISION_TREE', target);
    const file = await download(id, 'ML_CART_JSON');
    const numbers = DecisionTreeClassifier.load(file).predict(new Matrix(ROWS.map(({ x, y }) => [x, y])));
    expect(numbers.map((label) => labelsOf(file)[label])).toEqual(await predicted(id));
  });

  test('ml-cart loads a tree that reads parts of dates', async () => {
    const id = await modelOf('DECISION_TREE', 'larger', ['day', 'x']);
    const file = (await download(id, 'ML_CART_JSON')) as { features: string[] };
    expect(file.features).toContain('day (MONTH)');
    const timestamp = Date.UTC(2021, 4, 4);
    const parts: Record<string, number> = {
      day: timestamp,
      'day (YEAR)': 2021,
      'day (MONTH)': 5,
      'day (WEEKDAY)': 2,
      'day (DAY_OF_YEAR)': 124,
      'day (DAY_OF_MONTH)': 4,
      x: 50,
    };
    expect(Object.keys(parts)).toEqual(expect.arrayContaining(file.features));
    const [label = -1] = DecisionTreeClassifier.load(file).predict(
      new Matrix([file.features.map((name) => parts[name] ?? Number.NaN)]),
    );
    const { predict } = await client.execute<{ predict: { predictions: { label: string }[] } }>(
      'query ($id: ID!) { predict(artifactId: $id, rows: [{ day: "2021-05-04", x: 50 }]) { predictions { label } } }',
      { id },
    );
    expect(labelsOf(file)[label]).toBe(predict.predictions[0]?.label);
  });

  test('ml-cart loads a regression tree and predicts the values of the API', async () => {
    const id = await modelOf('DECISION_TREE', 'amount');
    const tree = DecisionTreeRegression.load(await download(id, 'ML_CART_JSON'));
    expect(tree.predict(new Matrix(ROWS.map(({ x, y }) => [x, y])))).toEqual(await predicted(id));
  });

  test.each(['larger', 'level'])('ml-logistic-regression loads a linear classifier: %s', async (target) => {
    const id = await modelOf('LINEAR', target);
    const file = await download(id, 'ML_LOGISTIC_REGRESSION_JSON');
    const numbers = LogisticRegression.load(file).predict(new Matrix(ROWS.map(({ x, y }) => [x, y, 1])));
    expect(numbers.map((label) => labelsOf(file)[label])).toEqual(await predicted(id));
  });

  test('ONNX Runtime loads the downloaded file of a model that reads a date, a category and gaps', async () => {
    const id = await modelOf('GRADIENT_BOOSTING', 'level', ['day', 'x', 'y', 'city', 'gaps']);
    const { createDownload: link } = await client.execute<{ createDownload: { url: string; filename: string } }>(
      CREATE,
      {
        input: { artifactId: id, format: 'ONNX' },
      },
    );
    expect(link.filename).toBe(`model-${id}.onnx`);
    const session = await ort.InferenceSession.create(await (await fetch(link.url)).arrayBuffer());
    const doubles = (values: number[]) => new ort.Tensor('float64', values, [values.length, 1]);
    const { label } = await session.run({
      day: doubles(ROWS.map((_, row) => Date.UTC(2021, 4, 4 + row))),
      x: doubles(ROWS.map(({ x }) => x)),
      y: doubles(ROWS.map(({ y }) => y)),
      city: new ort.Tensor(
        'string',
        ROWS.map((_, row) => ['a', 'b', 'unseen', ''][row % 4] ?? ''),
        [ROWS.length, 1],
      ),
      gaps: doubles(ROWS.map(({ x }, row) => (row % 3 === 0 ? Number.NaN : x))),
    });
    await session.release();
    const rows = ROWS.map(({ x, y }, row) => ({
      ...{ x, y, day: Date.UTC(2021, 4, 4 + row), city: ['a', 'b', 'unseen', ''][row % 4] ?? '' },
      gaps: row % 3 === 0 ? null : x,
    }));
    expect([...((label?.data ?? []) as string[])]).toEqual(await predicted(id, rows));
  });

  test('the own form is the model file itself', async () => {
    const id = await modelOf('LINEAR', 'larger');
    const { createDownload } = await client.execute<{ createDownload: { url: string } }>(CREATE, {
      input: { artifactId: id, format: 'TRAINYARD_JSON' },
    });
    expect(await (await fetch(createDownload.url)).json()).toMatchObject({ format: 'trainyard-model' });
  });
});

describe('a form that cannot carry a model', () => {
  test('a model that the form cannot carry is refused before there is a link, and says why', async () => {
    const refused: [string, string, readonly string[], string, RegExp][] = [
      ['GRADIENT_BOOSTING', 'larger', ['x', 'y'], 'ML_CART_JSON', /single trees only/],
      ['DECISION_TREE', 'larger', ['x', 'y'], 'ML_LOGISTIC_REGRESSION_JSON', /linear classifiers only/],
      ['LINEAR', 'amount', ['x', 'y'], 'ML_LOGISTIC_REGRESSION_JSON', /linear classifiers only/],
      ['DECISION_TREE', 'larger', ['x', 'city'], 'ML_CART_JSON', /city is a category/],
      ['DECISION_TREE', 'larger', ['x', 'gaps'], 'ML_CART_JSON', /no missing values, and gaps has some/],
    ];
    for (const [algorithm, target, features, format, message] of refused) {
      const artifactId = await modelOf(algorithm, target, features);
      const { data, errors } = await client.request(CREATE, { input: { artifactId, format } });
      expect(data).toEqual({ createDownload: null });
      expectError(errors, 'BAD_USER_INPUT', { argument: 'input.format' });
      expect(errors[0]?.message).toMatch(message);
    }
  });

  test('an unknown model, and one of another workspace, are not found', async () => {
    const id = await modelOf('DECISION_TREE', 'larger');
    const other = await server.signUp();
    for (const artifactId of [id, '00000000-0000-4000-8000-000000000000']) {
      const { errors } = await other.request(CREATE, { input: { artifactId, format: 'ML_CART_JSON' } });
      expectError(errors, 'NOT_FOUND');
    }
  });
});
