import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const CHANGE = `query ($filter: MetricsFilter!, $limit: Int!) { metricsSummary(filter: $filter, limit: $limit) {
  latestChange { runId previousRunId metric value previousValue verdict paired } } }`;

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

async function latestChange(filter: object, limit = 50): Promise<unknown> {
  const { metricsSummary } = await client.execute<{ metricsSummary: { latestChange: unknown } }>(CHANGE, {
    filter,
    limit,
  });
  return metricsSummary.latestChange;
}

/** Points whose kind, and whose height, a tree finds and a line does not. */
async function upload(name: string, rows = 400): Promise<string> {
  const lines = Array.from({ length: rows }, (_, i) => {
    const [x, y] = [((i * 37) % 101) - 50.5, ((i * 53) % 97) - 48.5];
    return `${x},${y},${x * y > 0 ? 'same' : 'other'},${Math.abs(x * y)}`;
  });
  const file = { name: `${name}.csv`, content: `x,y,kind,height\n${lines.join('\n')}\n` };
  return (await uploadDataset(client, file)).id;
}

const KIND = { target: 'kind', features: ['x', 'y'] };

async function trained(input: object): Promise<string> {
  return (await train(client, input)).id;
}

test('consecutive runs on the same test rows are better, equal and worse by a paired test', async () => {
  const datasetId = await upload('steps');
  const filter = { datasetName: 'steps' };
  expect(await latestChange(filter)).toBeNull();
  const line = await trained({ ...KIND, datasetId, algorithm: 'LINEAR' });
  expect(await latestChange(filter)).toBeNull();
  const tree = await trained({ ...KIND, datasetId, algorithm: 'DECISION_TREE' });
  const better = { runId: tree, previousRunId: line, metric: 'ACCURACY', verdict: 'BETTER', paired: true };
  expect(await latestChange(filter)).toMatchObject({ ...better, value: expect.any(Number) });
  const twin = await trained({ ...KIND, datasetId, algorithm: 'DECISION_TREE' });
  expect(await latestChange(filter)).toMatchObject({ runId: twin, previousRunId: tree, verdict: 'NO_DIFFERENCE' });
  const floor = await trained({ ...KIND, datasetId, algorithm: 'BASELINE' });
  expect(await latestChange(filter)).toMatchObject({
    runId: floor,
    previousRunId: twin,
    verdict: 'WORSE',
    paired: true,
  });
  // Of all names, and of one run, nothing is said.
  expect(await latestChange({})).toBeNull();
  expect(await latestChange(filter, 1)).toBeNull();
  // Tasks are never mixed: a run of the other one changes nothing, until there are two of it.
  const height = { datasetId, target: 'height', features: ['x', 'y'] };
  const flat = await trained({ ...height, algorithm: 'BASELINE' });
  expect(await latestChange(filter)).toMatchObject({ runId: floor, previousRunId: twin });
  const high = await trained({ ...height, algorithm: 'DECISION_TREE' });
  expect(await latestChange(filter)).toMatchObject({
    runId: high,
    previousRunId: flat,
    metric: 'R2',
    verdict: 'BETTER',
  });
  // Another workspace sees none of it.
  client = await server.signUp();
  expect(await latestChange(filter)).toBeNull();
});

describe('on other test rows', () => {
  test('runs on different test rows are compared by their intervals', async () => {
    await trained({ ...KIND, datasetId: await upload('versions'), algorithm: 'LINEAR' });
    const next = await upload('versions', 300);
    await trained({ ...KIND, datasetId: next, algorithm: 'DECISION_TREE' });
    const filter = { datasetName: 'versions' };
    expect(await latestChange(filter)).toMatchObject({ verdict: 'BETTER', paired: false });
    await trained({ ...KIND, datasetId: next, algorithm: 'DECISION_TREE', split: { seed: 3 } });
    expect(await latestChange(filter)).toMatchObject({ verdict: 'NO_DIFFERENCE', paired: false });
  });

  test('runs without intervals, or with different targets, are not compared', async () => {
    const datasetId = await upload('unknown');
    const unknown = { verdict: 'UNKNOWN', paired: null, value: expect.any(Number), previousValue: expect.any(Number) };
    await trained({ ...KIND, datasetId, algorithm: 'LINEAR' });
    const old = await trained({ ...KIND, datasetId, algorithm: 'DECISION_TREE' });
    const { owner } = server.database;
    await owner`delete from training_evaluations where run_id = ${old}`;
    await owner`update training_runs set metrics = metrics - 'interval' where id = ${old}`;
    expect(await latestChange({ datasetName: 'unknown' })).toMatchObject({ ...unknown, runId: old });
    const coordinate = { datasetId, features: ['y'], algorithm: 'BASELINE' };
    await trained({ ...coordinate, target: 'x', task: 'REGRESSION' });
    await trained({ ...coordinate, target: 'height', task: 'REGRESSION' });
    expect(await latestChange({ datasetName: 'unknown' })).toMatchObject({ ...unknown, metric: 'R2' });
  });
});
