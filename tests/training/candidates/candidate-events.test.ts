import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cornersCsv, housesCsv } from '../../support/csv-files.ts';
import { endOfRun, startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const CANDIDATE = 'id name status reason foldsDone folds loss low high weight';
const EVENTS = `subscription ($id: ID!, $afterSeq: Int) {
  trainingEvents(runId: $id, afterSeq: $afterSeq) { seq kind status candidate { ${CANDIDATE} } } }`;
const LEADERBOARD = `query ($id: ID!) { trainingRun(id: $id) { leaderboard { ${CANDIDATE} } } }`;

interface Candidate {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly foldsDone: number;
}

interface Event {
  readonly seq: number;
  readonly kind: string;
  readonly candidate: Candidate | null;
}

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

/** The events after one, until the run ends or so many have come. */
async function eventsAfter(id: string, afterSeq: number, most = Number.POSITIVE_INFINITY): Promise<Event[]> {
  const events: Event[] = [];
  if (most === 0) return events;
  const all = client.subscribe<{ trainingEvents: Event }>(EVENTS, { id, afterSeq });
  for await (const { trainingEvents } of all) if (events.push(trainingEvents) >= most) break;
  return events;
}

async function leaderboardOf(id: string): Promise<readonly Candidate[]> {
  const { trainingRun } = await client.execute<{ trainingRun: { leaderboard: Candidate[] } }>(LEADERBOARD, { id });
  return trainingRun.leaderboard;
}

describe('the events of an AUTO run', () => {
  let id: string;
  let whole: readonly Event[];

  beforeAll(async () => {
    const { id: datasetId } = await uploadDataset(client, housesCsv());
    const parameters = { folds: 2, maxCandidates: 6, timeBudgetSeconds: 600 };
    ({ id } = await train(client, { datasetId, algorithm: 'AUTO', parameters }));
    whole = await eventsAfter(id, 0);
  });

  test('a client that goes away and comes back has each event once, wherever it was cut off', async () => {
    expect(whole.map(({ seq }) => seq)).toEqual(whole.map((_, i) => i + 1));
    expect(whole.filter(({ kind }) => kind === 'CANDIDATE').length).toBeGreaterThan(6);
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: whole.length }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const heard: Event[] = [];
        for (const place of places.toSorted((a, b) => a - b)) {
          heard.push(...(await eventsAfter(id, heard.length, place - heard.length)));
        }
        if (heard.length < whole.length) heard.push(...(await eventsAfter(id, heard.length)));
        expect(heard).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });

  test('the last event of each candidate tells what the leaderboard shows, and its folds never become fewer', async () => {
    const last = new Map<string, Candidate>();
    for (const { candidate } of whole) {
      if (candidate === null) continue;
      expect(candidate.foldsDone).toBeGreaterThanOrEqual(last.get(candidate.id)?.foldsDone ?? 0);
      last.set(candidate.id, candidate);
    }
    const leaderboard = await leaderboardOf(id);
    expect(leaderboard).toHaveLength(6);
    expect(Object.fromEntries(last)).toEqual(Object.fromEntries(leaderboard.map((each) => [each.id, each])));
  });
});

test('an AUTO run that is cancelled ends without a model, shows nothing as still to come, and its worker takes the next', async () => {
  const { id: datasetId } = await uploadDataset(client, cornersCsv(20_000));
  const parameters = { folds: 5, timeBudgetSeconds: 3_600 };
  const id = await startTraining(client, { datasetId, target: 'answer', algorithm: 'AUTO', parameters });
  for await (const { trainingEvents } of client.subscribe<{ trainingEvents: Event }>(EVENTS, { id })) {
    if (trainingEvents.candidate?.status === 'DONE') break;
  }
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
  expect(await endOfRun(client, id)).toMatchObject({ status: 'CANCELLED', artifact: null, error: null });
  // The only worker could not do this one if it still worked on the other.
  await train(client, { datasetId, target: 'answer', algorithm: 'BASELINE' });
  const leaderboard = await leaderboardOf(id);
  expect(leaderboard.map(({ status }) => status).filter((status) => status === 'DONE').length).toBeGreaterThan(0);
  const unfinished = leaderboard.filter(({ reason }) => reason === 'the run has ended');
  expect(unfinished.length).toBeGreaterThan(0);
  expect(leaderboard.filter(({ status }) => ['WAITING', 'RUNNING'].includes(status))).toEqual([]);
  expect(await server.database.owner`select from training_checkpoints where run_id = ${id}`).toHaveLength(0);
});
