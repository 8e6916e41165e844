import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CandidateReport } from '../../../src/ml/auto/candidate.ts';
import { type Database, openDatabase, type Transaction } from '../../../src/platform/postgres/database.ts';
import { listCandidates, saveCandidates } from '../../../src/training/candidates/training-candidate.store.ts';
import { listEvents } from '../../../src/training/events/training-event.store.ts';
import { claimAsItsJob } from '../../support/claim-run.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { startTraining, uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let database: Database;
let run: { id: string; workspaceId: string; attempt: number };

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  const client = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const id = await startTraining(client, { datasetId, algorithm: 'BASELINE' });
  database = openDatabase(server.database.access, 4);
  run = { id, workspaceId: await workspaceIdOf(client), attempt: 1 };
  await inTransaction((tx) => claimAsItsJob(tx, id));
});

afterAll(async () => {
  await database.close();
  await server.close();
});

const inTransaction = <T>(work: (tx: Transaction) => Promise<T>) => database.transaction(run, work);

const report = (number: number, more: Partial<CandidateReport>): CandidateReport => ({
  ...{ number, name: `Candidate ${number}`, algorithm: 'DECISION_TREE', parameters: { maxDepth: 3 } },
  ...{ status: 'RUNNING', reason: null, foldsDone: 1, folds: 5, loss: 1 / 3, low: 0.1 + 0.2, high: 0.5 },
  ...{ score: 2 / 3, scoreName: 'ACCURACY', fitSeconds: 0.1, predictMicroseconds: 1.5, weight: null },
  ...more,
});

/** The candidates that events were written of by saving these. */
async function eventsOfSaving(...reports: readonly CandidateReport[]) {
  return await inTransaction(async (tx) => {
    const events = async () => (await listEvents(tx, [{ runId: run.id, afterSeq: 0, first: 1_000 }])).flat();
    const before = (await events()).length;
    await saveCandidates(tx, run, reports);
    return (await events()).slice(before).map(({ kind, candidate }) => ({ kind, candidate }));
  });
}

test('a candidate has an event whenever what is known of it changes, and none where nothing does', async () => {
  const [first, waiting] = [report(1, {}), report(2, { status: 'WAITING', foldsDone: 0, loss: null })];
  const done = report(1, { status: 'DONE', foldsDone: 5, weight: 1 });
  const shared = { ...done, weight: 1 - 2 ** -53 };
  expect(await eventsOfSaving(first, waiting)).toEqual([{ kind: 'CANDIDATE', candidate: first }]);
  expect(await eventsOfSaving(first, waiting)).toEqual([]);
  expect(await eventsOfSaving(done, waiting)).toEqual([{ kind: 'CANDIDATE', candidate: done }]);
  // Of the model that is delivered, as at the end, even where a weight is another one in its last bit alone.
  expect(await eventsOfSaving(shared, waiting)).toEqual([{ kind: 'CANDIDATE', candidate: shared }]);
  expect(await eventsOfSaving()).toEqual([]);
  const stored = await inTransaction((tx) => listCandidates(tx, [run.id]));
  expect(stored.map((row) => row.report)).toEqual([shared, waiting]);
});
