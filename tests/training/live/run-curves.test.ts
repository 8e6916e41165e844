import { type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CurvePoint } from '../../../src/ml/train-model.ts';
import { type Database, openDatabase, type Transaction } from '../../../src/platform/postgres/database.ts';
import { type CurveRequest, listCurves } from '../../../src/training/runs/training-run-parts.store.ts';
import { anyCurve, lossOf } from '../../support/any-curve.ts';
import { type Columns, copyRow, ENDED, OWN, writePoints } from '../../support/copied-rows.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { startTraining, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const RUNNING = { status: 'RUNNING', stage: 'FITTING', attempt: 1 };

let server: TestServer;
let client: TestClient;
let database: Database;
let workspaceId: string;
let original: string;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
  const { id } = await uploadDataset(client, flowersCsv());
  original = await startTraining(client, { datasetId: id, algorithm: 'BASELINE' });
  const [row] = await server.database.owner`select workspace_id from training_runs`;
  workspaceId = String(row?.['workspace_id']);
  database = openDatabase(server.database.access, 1);
});

afterAll(async () => {
  await database.close();
  await server.close();
});

async function makeRun(columns: Columns): Promise<string> {
  const [id] = await copyRow(server.database.owner, 'training_runs', original, [{ ...OWN, last_seq: 0, ...columns }]);
  if (id === undefined) throw new Error('There is no run to copy.');
  return id;
}

async function curveOf(id: string, page = ''): Promise<CurvePoint[]> {
  const { trainingRun } = await client.execute<{ trainingRun: { curve: CurvePoint[] } }>(
    `query ($id: ID!) { trainingRun(id: $id) { curve${page} { iteration seconds trainLoss validationLoss } } }`,
    { id },
  );
  return trainingRun.curve;
}

const point = (iteration: number, trainLoss = 1 / iteration): CurvePoint => ({
  iteration,
  seconds: iteration / 4,
  trainLoss,
  validationLoss: null,
});

test('a training run shows the points so far, and so does a failed one', async () => {
  const { owner } = server.database;
  for (const state of [RUNNING, ENDED.FAILED, { ...RUNNING, status: 'QUEUED', stage: 'WAITING' }]) {
    const id = await makeRun(state);
    expect(await curveOf(id)).toEqual([]);
    await writePoints(owner, id, [point(1), point(4)]);
    expect(await curveOf(id), state.status).toEqual([point(1), point(4)]);
    await writePoints(owner, id, [point(6)]);
    expect(await curveOf(id, '(afterIteration: 1)'), state.status).toEqual([point(4), point(6)]);
  }
});

test('a successful run shows the curve of its model, alone and in a list', async () => {
  const id = await makeRun({
    ...ENDED.SUCCEEDED,
    created_at: '2027-01-01T00:00:00Z',
    curve: [1, 2, 3].map((n) => point(n)),
  });
  await writePoints(server.database.owner, id, [point(1), point(3, 9)]);
  expect(await curveOf(id)).toEqual([1, 2, 3].map((n) => point(n)));
  expect(await curveOf(id, '(afterIteration: 2)')).toEqual([point(3)]);
  const { trainingRuns } = await client.execute(
    '{ trainingRuns(first: 1) { edges { node { id curve(maxPoints: 2) { iteration seconds trainLoss validationLoss } } } } }',
  );
  expect(trainingRuns).toEqual({ edges: [{ node: { id, curve: [point(1), point(3)] } }] });
});

test('of an iteration in several attempts the last written point is shown', async () => {
  const id = await makeRun({ ...RUNNING, attempt: 2 });
  await writePoints(server.database.owner, id, [point(1, 5), point(2, 4), point(5, 3)], 1);
  await writePoints(server.database.owner, id, [point(2, 6), point(3, 2)], 2);
  expect(await curveOf(id)).toEqual([point(1, 5), point(2, 6), point(3, 2), point(5, 3)]);
});

test('the points read from the database contain both ends and the best one, in order, and hardly more than requested', async () => {
  const { owner } = server.database;
  const anyRequest = fc.record({
    curve: anyCurve(120),
    maxPoints: fc.integer({ min: 2, max: 30 }),
    afterIteration: fc.integer({ min: 0, max: 20 }),
    hasSucceeded: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anyRequest, { minLength: 1, maxLength: 4 }), async (requested) => {
      const requests: CurveRequest[] = [];
      for (const { curve, hasSucceeded, maxPoints, afterIteration } of requested) {
        const runId = await makeRun(hasSucceeded ? { ...ENDED.SUCCEEDED, curve } : RUNNING);
        if (!hasSucceeded) await writePoints(owner, runId, curve);
        requests.push({ runId, maxPoints, afterIteration });
      }
      const found = await database.transaction({ workspaceId }, (tx) => listCurves(tx, requests));
      for (const [place, { curve, maxPoints, afterIteration }] of requested.entries()) {
        const whole = curve.filter(({ iteration }) => iteration > afterIteration);
        const left = found[place] ?? [];
        const best = Math.min(...whole.map(lossOf));
        expect(whole.filter(({ iteration }) => left.some((each) => each.iteration === iteration))).toEqual(left);
        expect(left.length).toBeGreaterThanOrEqual(Math.min(whole.length, maxPoints));
        expect(left.length).toBeLessThanOrEqual(Math.min(whole.length, maxPoints + 1));
        expect([left[0], left.at(-1)]).toEqual([whole[0], whole.at(-1)]);
        expect(left.find((each) => lossOf(each) === best)).toEqual(whole.find((each) => lossOf(each) === best));
      }
    }),
    { numRuns: 60 },
  );
});

/** How often a query calls each function of the database that gives rows. */
async function callsOf(requests: readonly CurveRequest[]): Promise<Map<string, number>> {
  const calls = new Map<string, number>();
  const count = (plan: Plan): void => {
    const name = plan['Function Name'];
    if (name !== undefined) calls.set(name, (calls.get(name) ?? 0) + plan['Actual Loops']);
    plan.Plans?.forEach(count);
  };
  await database.transaction({ workspaceId }, async (tx) => {
    const explaining = {
      scope: tx.scope,
      async execute(query: SQL) {
        const [row] = await tx.execute<{ 'QUERY PLAN': { Plan: Plan }[] }>(
          sql`explain (analyze, format json) ${query}`,
        );
        for (const { Plan } of row?.['QUERY PLAN'] ?? []) count(Plan);
        return [];
      },
    };
    await listCurves(explaining as unknown as Transaction, requests);
  });
  return calls;
}

interface Plan {
  readonly 'Function Name'?: string;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Plan[];
}

test('any number of requests for the curve of a run read its points once', async () => {
  const curve = Array.from({ length: 50 }, (_, index) => point(index + 1));
  const runs = [await makeRun({ ...ENDED.SUCCEEDED, curve }), await makeRun({ ...ENDED.SUCCEEDED, curve })];
  const requests = Array.from({ length: 12 }, (_, index) => index).flatMap((afterIteration) =>
    runs.map((runId) => ({ runId, maxPoints: 2, afterIteration })),
  );
  const calls = await callsOf(requests);
  expect(calls.get('jsonb_to_recordset')).toBe(runs.length);
  const found = await database.transaction({ workspaceId }, (tx) => listCurves(tx, requests));
  expect(found).toEqual(requests.map(({ afterIteration }) => [point(afterIteration + 1), point(50)]));
});

test('curve bounds of any size are accepted', async () => {
  const curve = [1, 2, 3].map((n) => point(n));
  const runId = await makeRun({ ...ENDED.SUCCEEDED, curve });
  const [max, min] = [2_147_483_647, -2_147_483_648];
  const requests = [min, max].map((afterIteration) => ({ runId, afterIteration, maxPoints: max }));
  expect(await database.transaction({ workspaceId }, (tx) => listCurves(tx, requests))).toEqual([curve, []]);
});
