import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { housesCsv } from '../../support/csv-files.ts';
import { planOf } from '../../support/executed-plan.ts';
import { expectError } from '../../support/expect-error.ts';
import { endOfRun, START, startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const CANDIDATE = `id name algorithm settings { seed trees folds } status reason foldsDone folds loss low high
  score { name value } fitSeconds predictMicroseconds weight`;

const RUN = `query ($id: ID!) { trainingRun(id: $id) {
  leaderboard { ${CANDIDATE} } artifact { sha256 } modelCard settings { maxCandidates folds timeBudgetSeconds }
  events(first: 1000) { kind candidate { ${CANDIDATE} } } } }`;

interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly foldsDone: number;
  readonly loss: number | null;
  readonly score: { readonly name: string } | null;
  readonly weight: number | null;
}

interface Run {
  readonly leaderboard: readonly Candidate[] | null;
  readonly artifact: { readonly sha256: string };
  readonly modelCard: string;
  readonly settings: object;
  readonly events: readonly { readonly kind: string; readonly candidate: Candidate | null }[];
}

interface Metrics {
  readonly metrics: { readonly values: readonly { readonly name: string; readonly value: number }[] };
  readonly baseline: Metrics['metrics'];
}

let server: TestServer;
let client: TestClient;
let input: { datasetId: string; algorithm: string; parameters: object };

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, housesCsv());
  input = { datasetId, algorithm: 'AUTO', parameters: { folds: 2, maxCandidates: 5, timeBudgetSeconds: 600 } };
});

afterAll(() => server.close());

async function readRun(id: string): Promise<Run> {
  return (await client.execute<{ trainingRun: Run }>(RUN, { id })).trainingRun;
}

test('an AUTO run shows what it tries, best first, in its leaderboard and its events', async () => {
  const { id } = await train(client, input);
  const { leaderboard, events, settings } = await readRun(id);
  expect(settings).toEqual({ maxCandidates: 5, folds: 2, timeBudgetSeconds: 600 });
  expect(leaderboard).toHaveLength(5);
  const done = leaderboard?.filter(({ status }) => status === 'DONE') ?? [];
  const losses = done.map(({ loss }) => loss ?? Number.NaN);
  expect(losses).toEqual([...losses].sort((a, b) => a - b));
  expect(done.reduce((sum, { weight }) => sum + (weight ?? 0), 0)).toBeCloseTo(1, 9);
  expect(done.every(({ foldsDone, score }) => foldsDone === 2 && score?.name === 'R2')).toBe(true);
  const reported = new Map(events.flatMap(({ candidate }) => (candidate === null ? [] : [[candidate.id, candidate]])));
  expect(events.every(({ kind, candidate }) => (kind === 'CANDIDATE') === (candidate !== null))).toBe(true);
  expect([...reported.keys()].every((key) => leaderboard?.some((candidate) => candidate.id === key))).toBe(true);
});

test('the plan in the model card makes the same model again, and a plan that is none is refused', async () => {
  const first = await readRun((await train(client, input)).id);
  const plan = planOf(first);
  const again = await readRun((await train(client, { ...input, plan })).id);
  expect(again.artifact.sha256).toBe(first.artifact.sha256);
  expect(planOf(again)).toEqual(plan);
  for (const wrong of [{ ...plan, version: 7 }, { ...plan, members: [] }, { ...plan, folds: 'many' }, {}]) {
    expectError((await client.request(START, { input: { ...input, plan: wrong } })).errors, 'BAD_USER_INPUT');
  }
  const other = { datasetId: input.datasetId, algorithm: 'LINEAR', plan };
  expectError((await client.request(START, { input: other })).errors, 'BAD_USER_INPUT');
});

test('rows of two groups, one of which is tested on, give the usual model and a warning; folds that were asked for fail', async () => {
  const lines = Array.from(
    { length: 60 },
    (_, i) => `${(i * 37) % 101},${i < 48 ? 'Ada' : 'Bob'},${((i * 37) % 101) * 3}`,
  );
  const content = `size,owner,price\n${lines.join('\n')}\n`;
  const { id: datasetId } = await uploadDataset(client, { name: 'owned.csv', content });
  const owned = {
    ...{ datasetId, target: 'price', algorithm: 'AUTO', features: ['size'] },
    split: { strategy: 'GROUP', column: 'owner', testFraction: 0.2 },
  };
  const { id } = await train(client, { ...owned, parameters: { maxCandidates: 5 } });
  const { trainingRun: run } = await client.execute<{ trainingRun: Run & { warnings: string[]; endReason: string } }>(
    'query ($id: ID!) { trainingRun(id: $id) { warnings endReason leaderboard { name status weight } } }',
    { id },
  );
  expect(run.endReason).toBe('COMPLETED');
  expect(run.warnings).toContainEqual(
    expect.stringMatching(/no model could be judged by folds.*Boosting is delivered/),
  );
  expect(run.leaderboard?.flatMap(({ name, weight }) => (weight === null ? [] : [{ name, weight }]))).toEqual([
    { name: 'Boosting', weight: 1 },
  ]);
  const asked = await startTraining(client, { ...owned, parameters: { folds: 2 } });
  expect(await endOfRun(client, asked)).toMatchObject({ status: 'FAILED', error: { code: 'FOLDS_IMPOSSIBLE' } });
});

test('other algorithms have no leaderboard, nor have the runs of another workspace', async () => {
  const { id } = await train(client, { datasetId: input.datasetId, algorithm: 'LINEAR' });
  expect((await readRun(id)).leaderboard).toBeNull();
  const own = await startTraining(client, input);
  const stranger = await server.signUp();
  const { trainingRun } = await stranger.execute<{ trainingRun: Run | null }>(RUN, { id: own });
  expect(trainingRun).toBeNull();
});

test('a table of customers in a few seconds: better than the baseline, with an end for each candidate', async () => {
  const file = { name: 'telco-churn.csv', content: readFileSync('examples/data/telco-churn.csv', 'utf8') };
  const { id: customers } = await uploadDataset(client, file);
  const parameters = { timeBudgetSeconds: 4 };
  const { id } = await train(client, { datasetId: customers, target: 'Churn', algorithm: 'AUTO', parameters });
  const { trainingRun } = await client.execute<{ trainingRun: Metrics & Pick<Run, 'leaderboard'> }>(
    `query ($id: ID!) { trainingRun(id: $id) { leaderboard { ${CANDIDATE} }
      metrics { values { name value } } baseline { values { name value } } } }`,
    { id },
  );
  const lossOf = ({ values }: Metrics['metrics']) => values.find(({ name }) => name === 'LOG_LOSS')!.value;
  expect(lossOf(trainingRun.metrics)).toBeLessThan(0.85 * lossOf(trainingRun.baseline));
  const statuses = new Set(trainingRun.leaderboard?.map(({ status }) => status));
  expect(statuses.has('DONE')).toBe(true);
  expect(statuses.has('WAITING') || statuses.has('RUNNING')).toBe(false);
});
