import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

/** A regressor of columns, of which rows are made. */
async function modelOf(header: string, rowOf: (row: number) => string): Promise<string> {
  const lines = Array.from({ length: 60 }, (_, row) => `${rowOf(row)},${3 * (row % 7) + 5 * (row % 9) + (row % 2)}`);
  const { id: datasetId } = await uploadDataset(client, {
    name: 'examples.csv',
    content: `${header},amount\n${lines.join('\n')}\n`,
  });
  const run = await train(client, { datasetId, target: 'amount', algorithm: 'LINEAR' });
  return run.artifact?.id ?? 'none';
}

/** Sends a body as it is printed, with the header as it is printed beside it. */
async function send(path: string, body: string, contentType: string): Promise<unknown> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': contentType, authorization: `Bearer ${client.token}` },
    body,
  });
  const answer: unknown = await response.json();
  expect({ status: response.status, answer }).toMatchObject({ status: 200 });
  return answer;
}

describe('requests as the documentation of other programs prints them', () => {
  test('the examples of MLflow’s "Deploy MLflow Model as a Local Inference Server" and "MLflow Model Serving" are answered', async () => {
    const two = await modelOf('a,b', (row) => `${row % 7},${row % 9}`);
    const inputs = (await send(
      `/v1/models/${two}/invocations`,
      '{"inputs": [[1, 2], [3, 4], [5, 6]]}',
      'application/json;',
    )) as { predictions: number[] };
    expect(inputs.predictions).toHaveLength(3);
    expect(inputs.predictions[2]! - inputs.predictions[0]!).toBeGreaterThan(0);

    const four = await modelOf(
      'feature1,feature2,feature3,feature4',
      (row) => `${row % 9},${row % 5},${row % 7},${row % 11}`,
    );
    const split =
      '{"dataframe_split": {"columns": ["feature1", "feature2", "feature3", "feature4"], "data": [[1, 2, 3, 4]]}}';
    const answer = await send(`/v1/models/${four}/invocations`, split, 'application/json');
    expect(answer).toEqual({ predictions: [expect.any(Number)] });
  });

  test('a data frame as MLServer’s "Content Types" describes it is answered', async () => {
    const model = await modelOf('First Name,Age', (row) => `${['Joanne', 'Michael'][row % 2]},${row}`);
    const body = `{
      "parameters": { "content_type": "pd" },
      "inputs": [
        { "name": "First Name", "datatype": "BYTES", "parameters": { "content_type": "str" }, "shape": [2], "data": ["Joanne", "Michael"] },
        { "name": "Age", "datatype": "INT32", "shape": [2], "data": [34, 22] }
      ]
    }`;
    expect(await send(`/v2/models/${model}/infer`, body, 'application/json')).toMatchObject({
      outputs: [{ name: 'value', datatype: 'FP64', shape: [2], data: [expect.any(Number), expect.any(Number)] }],
    });
  });
});
