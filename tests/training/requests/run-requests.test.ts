import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { endOfRun, uploadDataset } from '../../support/operations.ts';
import type { AnswerError, TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

interface Run {
  readonly id: string;
  readonly status: string;
  readonly endReason: string | null;
  readonly cancelRequestedAt: string | null;
  readonly stopRequestedAt: string | null;
  readonly retryOf: { readonly id: string } | null;
  readonly algorithm: string;
  readonly target: string;
}

interface Place {
  readonly id: string;
  readonly queuePosition: number;
  readonly events: readonly object[];
}

const FIELDS = 'id status endReason cancelRequestedAt stopRequestedAt retryOf { id } algorithm target';

const MAX_QUEUED_RUNS = 4;

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  // No worker: what is queued stays queued.
  server = await startTestServer({ MAX_QUEUED_RUNS: String(MAX_QUEUED_RUNS) }, { worker: false });
});

beforeEach(async () => {
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
});

afterAll(() => server.close());

const start = (input: object = {}) =>
  client.request<{ run: Run | null }>(
    `mutation ($input: StartTrainingInput!) { run: startTraining(input: $input) { ${FIELDS} } }`,
    { input: { datasetId, algorithm: 'BASELINE', ...input } },
  );

async function started(input: object = {}): Promise<Run> {
  const { data, errors } = await start(input);
  if (!data?.run) throw new Error(JSON.stringify(errors));
  return data.run;
}

async function ask(what: 'cancelTraining' | 'stopTraining' | 'retryTraining', id: string, as = client): Promise<Run> {
  const { run } = await as.execute<{ run: Run }>(`mutation ($id: ID!) { run: ${what}(id: $id) { ${FIELDS} } }`, { id });
  return run;
}

async function refusal(what: string, id: string, as = client): Promise<AnswerError['extensions'] | undefined> {
  const { errors } = await as.request(`mutation ($id: ID!) { run: ${what}(id: $id) { id } }`, { id });
  return errors[0]?.extensions;
}

const unfinishedJobs = async () => {
  const [row] = await server.database.owner`select count(*)::int as jobs from pgboss.job where state < 'active'`;
  return row?.['jobs'] as number;
};

async function endAsSucceeded(id: string): Promise<void> {
  await server.database.owner`update training_runs set status = 'SUCCEEDED', stage = 'DONE', finished_at = now(),
    end_reason = 'COMPLETED', metrics = '{}', baseline = '{}' where id = ${id}`;
}

describe('a run that waits', () => {
  test('cancelling a queued run ends it and its job at once, and is idempotent', async () => {
    const before = await unfinishedJobs();
    const { id } = await started();
    const cancelled = await ask('cancelTraining', id);
    expect(cancelled).toMatchObject({ id, status: 'CANCELLED', endReason: 'CANCELLED', stopRequestedAt: null });
    expect(cancelled.cancelRequestedAt).not.toBeNull();
    expect(await ask('cancelTraining', id)).toEqual(cancelled);
    expect(await unfinishedJobs()).toBe(before);
    expect(await endOfRun(client, id)).toMatchObject({ status: 'CANCELLED', stage: 'DONE', artifact: null });
  });

  test('stopping a queued run cancels it: there is no model to keep', async () => {
    const { id } = await started();
    const stopped = await ask('stopTraining', id);
    expect(stopped).toMatchObject({ status: 'CANCELLED', endReason: 'CANCELLED' });
    expect(stopped.stopRequestedAt).not.toBeNull();
    expect(await ask('stopTraining', id)).toEqual(stopped);
  });

  test('a queued run has its queue position, also in its first event', async () => {
    const runs = [await started(), await started()];
    const { trainingRuns } = await client.execute<{ trainingRuns: { edges: { node: Place }[] } }>(
      '{ trainingRuns { edges { node { id queuePosition events { queuePosition } } } } }',
    );
    const places = runs.map(({ id }) => trainingRuns.edges.map(({ node }) => node).find((node) => node.id === id));
    const [first, second] = places.map((place) => place?.queuePosition ?? 0);
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first ?? 0);
    expect(places.map((place) => place?.events)).toEqual([[{ queuePosition: first }], [{ queuePosition: second }]]);
  });

  test('a queued run cannot be retried', async () => {
    const { id } = await started();
    expect(await refusal('retryTraining', id)).toMatchObject({ code: 'CONFLICT', argument: 'id' });
  });
});

test('an ended run can be neither cancelled nor stopped', async () => {
  const { id } = await started();
  await endAsSucceeded(id);
  expect(await refusal('cancelTraining', id)).toMatchObject({ code: 'RUN_ALREADY_ENDED' });
  expect(await refusal('stopTraining', id)).toMatchObject({ code: 'RUN_ALREADY_ENDED' });
});

test.each(['cancelTraining', 'stopTraining', 'retryTraining'])(
  '%s does not find a run of another workspace',
  async (what) => {
    const { id } = await started();
    const neighbour = await server.signUp();
    for (const unknown of [id, randomUUID(), 'no id']) {
      expect(await refusal(what, unknown, neighbour)).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await client.execute('query ($id: ID!) { trainingRun(id: $id) { status } }', { id })).toMatchObject({
      trainingRun: { status: 'QUEUED' },
    });
  },
);

describe('a retry', () => {
  test('a retry is a new run like the original; a run has at most one retry', async () => {
    const first = await started({ algorithm: 'DECISION_TREE', parameters: { maxDepth: 3 } });
    await ask('cancelTraining', first.id);
    const retries = await Promise.all([1, 2, 3].map(() => ask('retryTraining', first.id)));
    const [retry] = retries;
    expect(retry).toMatchObject({ status: 'QUEUED', retryOf: { id: first.id }, algorithm: 'DECISION_TREE' });
    expect(retry?.id).not.toBe(first.id);
    expect(new Set(retries.map(({ id }) => id)).size).toBe(1);
    expect(await ask('retryTraining', first.id)).toEqual(retry);
    const { trainingRun } = await client.execute<{ trainingRun: { parameters: object[] } }>(
      'query ($id: ID!) { trainingRun(id: $id) { parameters { name value } } }',
      { id: retry?.id },
    );
    expect(trainingRun.parameters).toContainEqual({ name: 'maxDepth', value: '3' });
  });

  test('a retry can be retried itself', async () => {
    const first = await started();
    await ask('cancelTraining', first.id);
    const second = await ask('retryTraining', first.id);
    await ask('cancelTraining', second.id);
    expect((await ask('retryTraining', second.id)).retryOf).toEqual({ id: second.id });
  });
});

describe('an idempotencyKey', () => {
  test('simultaneous and later requests with one idempotency key get the same run', async () => {
    const idempotencyKey = randomUUID();
    const runs = await Promise.all([1, 2, 3, 4, 5].map(() => started({ idempotencyKey })));
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect((await started({ idempotencyKey, target: null })).id).toBe(runs[0]?.id);
  });

  test('another request with the same idempotency key is a conflict', async () => {
    const idempotencyKey = randomUUID();
    await started({ idempotencyKey });
    const { errors } = await start({ idempotencyKey, target: 'petal' });
    expect(errors[0]?.extensions).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', argument: 'input.idempotencyKey' });
  });

  test('idempotency keys of workspaces are independent', async () => {
    const idempotencyKey = randomUUID();
    const mine = await started({ idempotencyKey });
    client = await server.signUp();
    datasetId = (await uploadDataset(client, flowersCsv())).id;
    expect((await started({ idempotencyKey })).id).not.toBe(mine.id);
  });

  test('an idempotency key starts another run after a day', async () => {
    const idempotencyKey = randomUUID();
    const first = await started({ idempotencyKey });
    await server.database
      .owner`update training_runs set created_at = now() - interval '25 hours' where id = ${first.id}`;
    const second = await started({ idempotencyKey });
    expect(second.id).not.toBe(first.id);
    expect((await started({ idempotencyKey })).id).toBe(second.id);
  });

  test.each(['', 'two words', 'ключ', 'x'.repeat(256)])('the idempotency key %j is refused', async (idempotencyKey) => {
    const { errors } = await start({ idempotencyKey });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input.idempotencyKey' });
  });
});

test('beyond MAX_QUEUED_RUNS no run is queued, however many requests come at once', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => start()));
  const made = answers.filter(({ errors }) => errors.length === 0);
  const codes = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code));
  expect(made).toHaveLength(MAX_QUEUED_RUNS);
  expect(codes).toEqual(new Array(10 - MAX_QUEUED_RUNS).fill('QUOTA_EXCEEDED'));
  await ask('cancelTraining', made[0]?.data?.run?.id ?? '');
  expect((await start()).errors).toEqual([]);
});

test('a retry of a disabled algorithm is refused', async () => {
  const off = await startTestServer({ ENABLE_REAL_TRAINING: 'false' }, { worker: false });
  try {
    const user = await off.signUp();
    const { id: dataset } = await uploadDataset(user, flowersCsv());
    const { run } = await user.execute<{ run: Run }>(
      'mutation ($id: ID!) { run: startTraining(input: { datasetId: $id }) { id } }',
      { id: dataset },
    );
    await ask('cancelTraining', run.id, user);
    // As it was trained before the operator switched it off.
    await off.database.owner`update training_runs set algorithm = 'LINEAR' where id = ${run.id}`;
    expect(await refusal('retryTraining', run.id, user)).toMatchObject({ code: 'BAD_USER_INPUT' });
  } finally {
    await off.close();
  }
});
