import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, housesCsv } from '../../support/csv-files.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let classifier: string;
let regressor: string;
/** A regressor whose values have intervals. */
let folded: string;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  const flowers = await uploadDataset(client, flowersCsv());
  const houses = await uploadDataset(client, housesCsv());
  classifier = (await train(client, { datasetId: flowers.id, algorithm: 'DECISION_TREE' })).artifact?.id ?? 'none';
  regressor = (await train(client, { datasetId: houses.id, algorithm: 'LINEAR' })).artifact?.id ?? 'none';
  const parameters = { folds: 3 };
  folded = (await train(client, { datasetId: houses.id, algorithm: 'LINEAR', parameters })).artifact?.id ?? 'none';
});

afterAll(() => server.close());

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function get(path: string, token: string | null | undefined = client.token): Promise<Answer> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(server.url + path, { headers });
  return { status: response.status, body: await response.json() };
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const invoke = (id: string, body: unknown) => post(`/v1/models/${id}/invocations`, body);
const infer = (id: string, body: unknown) => post(`/v2/models/${id}/infer`, body);

/** What predict says of a house. */
async function predictHouse(id: string): Promise<{ value: number; low: number | null; high: number | null }> {
  const { predict } = await client.execute<{
    predict: { predictions: { value: number; low: number | null; high: number | null }[] };
  }>(
    'query ($id: ID!) { predict(artifactId: $id, rows: [{ size: 80, town: "Bern" }]) { predictions { value low high } } }',
    { id },
  );
  const [prediction] = predict.predictions;
  if (prediction === undefined) throw new Error('Nothing was predicted.');
  return prediction;
}

/** The code and argument of the one error of an answer. */
function errorOf({ status, body }: Answer): unknown[] {
  const { errors } = body as { errors: { extensions: { code: string; argument?: string } }[] };
  expect(errors).toHaveLength(1);
  return [status, errors[0]?.extensions.code, errors[0]?.extensions.argument];
}

describe('MLflow’s scoring server', () => {
  const ROWS = [
    { petal: 4.4, soil: 'wet' },
    { petal: 2.1, soil: null },
  ];

  test('all shapes of the same rows give the same predictions, those of predict', async () => {
    const shapes = [
      { dataframe_records: ROWS },
      {
        dataframe_split: {
          index: [0, 1],
          columns: ['soil', 'petal'],
          data: [
            ['wet', 4.4],
            [null, 2.1],
          ],
        },
      },
      { instances: ROWS },
      {
        instances: [
          [4.4, 'wet'],
          [2.1, null],
        ],
      },
      { inputs: { petal: [4.4, 2.1], soil: ['wet', null] } },
      { inputs: ROWS },
    ];
    for (const shape of shapes) {
      expect(await invoke(classifier, shape), JSON.stringify(shape)).toEqual({
        status: 200,
        body: { predictions: ['rose', 'daisy'] },
      });
    }
  });

  test('a regression answers values', async () => {
    const { body } = await invoke(regressor, { dataframe_records: [{ size: 80, town: 'Bern' }] });
    expect(body).toEqual({ predictions: [(await predictHouse(regressor)).value] });
  });

  test('params.interval asks for the ends of intervals beside the predictions', async () => {
    const rows = { dataframe_records: [{ size: 80, town: 'Bern' }] };
    const { value, low, high } = await predictHouse(folded);
    expect([low === null, high === null]).toEqual([false, false]);
    expect((await invoke(folded, rows)).body).toEqual({ predictions: [value] });
    expect((await invoke(folded, { ...rows, params: { interval: false, temperature: 1 } })).body).toEqual({
      predictions: [value],
    });
    const asked = { ...rows, params: { interval: true } };
    expect((await invoke(folded, asked)).body).toEqual({ predictions: [{ prediction: value, low, high }] });
    const plain = (await predictHouse(regressor)).value;
    expect((await invoke(regressor, asked)).body).toEqual({
      predictions: [{ prediction: plain, low: null, high: null }],
    });
    const wrong = [{ ...rows, params: { interval: 'yes' } }, 'params.interval'] as const;
    expect(errorOf(await invoke(folded, wrong[0]))).toEqual([400, 'BAD_USER_INPUT', wrong[1]]);
    expect(errorOf(await invoke(folded, { ...rows, params: [] }))).toEqual([400, 'BAD_USER_INPUT', 'params']);
  });

  test('requests that are not well-formed are refused with the place', async () => {
    const wrong: [unknown, string][] = [
      [[], 'body'],
      [{}, 'body'],
      [{ instances: [], inputs: [] }, 'body'],
      [{ dataframe_split: { columns: ['petal'], data: [[1, 2]] } }, 'dataframe_split.data[0]'],
      [{ dataframe_split: { columns: [1], data: [] } }, 'dataframe_split.columns[0]'],
      [{ dataframe_records: [1] }, 'dataframe_records[0]'],
      [{ instances: [[1]] }, 'instances[0]'],
      [{ inputs: { petal: [1], soil: [] } }, 'inputs.soil'],
      [{ inputs: {} }, 'inputs'],
      [{ dataframe_records: [{ petal: 'long', soil: 'wet' }] }, 'rows[0].petal'],
      [{ dataframe_records: Array.from({ length: 1_001 }, () => ROWS[0]) }, 'body'],
    ];
    for (const [body, argument] of wrong) {
      expect(errorOf(await invoke(classifier, body)), argument).toEqual([400, 'BAD_USER_INPUT', argument]);
    }
    expect(errorOf(await invoke(classifier, '{'))).toEqual([400, 'BAD_REQUEST', undefined]);
  });

  test('all values that are wrong are told at once, as predict tells them', async () => {
    const { status, body } = await invoke(classifier, { dataframe_records: [{ petal: 'long' }, { soil: ['wet'] }] });
    const { errors } = body as { errors: { message: string; extensions: { argument: string } }[] };
    const places = ['rows[0].petal', 'rows[0].soil', 'rows[1].petal', 'rows[1].soil'];
    expect([status, errors.map(({ extensions }) => extensions.argument)]).toEqual([400, places]);
    const asked = await client.request(
      'query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) { task } }',
      {
        id: classifier,
        rows: [{ petal: 'long' }, { soil: ['wet'] }],
      },
    );
    expect(asked.errors.map(({ message }) => message)).toEqual(errors.map(({ message }) => message));
  });

  test('GET /ping answers without a token', async () => {
    expect(await get('/ping', null)).toEqual({ status: 200, body: { status: 'ok' } });
  });
});

describe('the Open Inference Protocol', () => {
  test('the server is live and ready, and says what it is, without a token', async () => {
    expect(await get('/v2/health/live', null)).toEqual({ status: 200, body: { live: true } });
    expect(await get('/v2/health/ready', null)).toEqual({ status: 200, body: { ready: true } });
    expect(await get('/v2', null)).toMatchObject({ status: 200, body: { name: 'trainyard', extensions: [] } });
  });

  test('a model tells its inputs and outputs, and that it is ready', async () => {
    expect(await get(`/v2/models/${classifier}`)).toEqual({
      status: 200,
      body: {
        name: classifier,
        versions: [],
        platform: 'trainyard',
        inputs: [
          { name: 'petal', datatype: 'FP64', shape: [-1] },
          { name: 'soil', datatype: 'BYTES', shape: [-1] },
        ],
        outputs: [
          { name: 'label', datatype: 'BYTES', shape: [-1] },
          { name: 'probabilities', datatype: 'FP64', shape: [-1, 2] },
        ],
      },
    });
    expect(await get(`/v2/models/${regressor}`)).toMatchObject({
      body: { outputs: [{ name: 'value', datatype: 'FP64', shape: [-1] }] },
    });
    expect(await get(`/v2/models/${classifier}/ready`)).toEqual({
      status: 200,
      body: { name: classifier, ready: true },
    });
  });

  const TENSORS = [
    { name: 'petal', shape: [2, 1], datatype: 'FP64', data: [[4.4], [2.1]] },
    { name: 'soil', shape: [2], datatype: 'BYTES', data: ['wet', null] },
  ];

  test('tensors of columns give labels and probabilities', async () => {
    const { status, body } = await infer(classifier, { id: 'request 7', inputs: TENSORS });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      model_name: classifier,
      id: 'request 7',
      outputs: [
        { name: 'label', datatype: 'BYTES', shape: [2], data: ['rose', 'daisy'] },
        { name: 'probabilities', datatype: 'FP64', shape: [2, 2] },
      ],
    });
    const { outputs } = body as { outputs: { data: number[] }[] };
    expect(outputs[1]?.data).toHaveLength(4);
    expect((outputs[1]?.data[0] ?? 0) + (outputs[1]?.data[1] ?? 0)).toBeCloseTo(1, 12);
  });

  test('only the outputs that are asked for come, and an unknown one is refused', async () => {
    const { body } = await infer(classifier, { inputs: TENSORS, outputs: [{ name: 'probabilities' }] });
    expect((body as { outputs: { name: string }[] }).outputs.map(({ name }) => name)).toEqual(['probabilities']);
    const refused = await infer(classifier, { inputs: TENSORS, outputs: [{ name: 'value' }] });
    expect(errorOf(refused)).toEqual([400, 'BAD_USER_INPUT', 'outputs[0].name']);
  });

  test('tensors that are not well-formed are refused with the place', async () => {
    const [petal, soil] = TENSORS;
    const wrong: [unknown, string][] = [
      [{}, 'inputs'],
      [{ inputs: [] }, 'inputs'],
      [{ inputs: [{ ...petal, name: 1 }] }, 'inputs[0].name'],
      [{ inputs: [{ ...petal, datatype: 'FP16' }] }, 'inputs[0].datatype'],
      [{ inputs: [{ ...petal, shape: [1, 2] }] }, 'inputs[0].shape'],
      [{ inputs: [{ ...petal, shape: [3] }] }, 'inputs[0].data'],
      [{ inputs: [{ ...petal, data: ['a', 'b'] }] }, 'inputs[0].data[0]'],
      [{ inputs: [petal, { ...soil, shape: [1], data: ['wet'] }] }, 'inputs[1].shape'],
      [{ inputs: [petal] }, 'rows[0].soil'],
    ];
    for (const [body, argument] of wrong) {
      const answer = await infer(classifier, body);
      const { errors } = answer.body as { errors: { extensions: { code: string; argument: string } }[] };
      expect([answer.status, errors[0]?.extensions.code, errors[0]?.extensions.argument], argument).toEqual([
        400,
        'BAD_USER_INPUT',
        argument,
      ]);
    }
  });
});

describe('the Open Inference Protocol of a model with intervals', () => {
  const inputs = [
    { name: 'size', shape: [1], datatype: 'FP64', data: [80] },
    { name: 'town', shape: [1], datatype: 'BYTES', data: ['Bern'] },
  ];

  test('its ends are outputs of their own, which the metadata names', async () => {
    const ofOne = (name: string) => ({ name, datatype: 'FP64', shape: [-1] });
    expect(await get(`/v2/models/${folded}`)).toMatchObject({ body: { outputs: ['value', 'low', 'high'].map(ofOne) } });
    const { value, low, high } = await predictHouse(folded);
    const { body } = await infer(folded, { inputs });
    expect(body).toMatchObject({
      outputs: [
        { name: 'value', shape: [1], data: [value] },
        { name: 'low', shape: [1], data: [low] },
        { name: 'high', shape: [1], data: [high] },
      ],
    });
    const none = await infer(regressor, { inputs, outputs: [{ name: 'low' }] });
    expect(errorOf(none)).toEqual([400, 'BAD_USER_INPUT', 'outputs[0].name']);
  });
});

describe('who may ask', () => {
  test('a model may be named by its alias', async () => {
    await client.execute('mutation ($id: ID!) { setModelAlias(name: "the champion", artifactId: $id) { name } }', {
      id: classifier,
    });
    expect(await invoke('the%20champion', { instances: [[4.4, 'wet']] })).toMatchObject({
      body: { predictions: ['rose'] },
    });
    expect(await get('/v2/models/the%20champion')).toMatchObject({ body: { name: 'the champion' } });
  });

  test('without a token, and for another workspace, a model is not served', async () => {
    const paths = [`/v2/models/${classifier}`, `/v2/models/${classifier}/ready`];
    for (const path of paths) expect(errorOf(await get(path, null))).toEqual([401, 'UNAUTHENTICATED', undefined]);
    const other = await server.signUp();
    const foreign = { authorization: `Bearer ${other.token}` };
    for (const id of [classifier, '00000000-0000-4000-8000-000000000000', 'nobody', '%ZZ']) {
      const answer = await post(`/v1/models/${id}/invocations`, { instances: [[1, 'wet']] }, foreign);
      expect(answer.status, id).toBe(id === '%ZZ' ? 400 : 404);
    }
  });

  test('a body that a foreign page could have sent is refused, and other paths and methods are nothing', async () => {
    const forged = await post(`/v1/models/${classifier}/invocations`, '{"instances":[]}', {
      'content-type': 'text/plain',
    });
    expect(errorOf(forged)).toEqual([400, 'BAD_REQUEST', undefined]);
    expect(errorOf(await post(`/v2/models/${classifier}`, {}))).toEqual([404, 'NOT_FOUND', undefined]);
    expect(errorOf(await get(`/v1/models/${classifier}/invocations`))).toEqual([404, 'NOT_FOUND', undefined]);
    expect(errorOf(await get(`/v2/models/${classifier}/explain`))).toEqual([404, 'NOT_FOUND', undefined]);
  });
});
