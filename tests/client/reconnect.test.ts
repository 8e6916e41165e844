import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ConnectionState,
  createTrainyard,
  followTrainingEvents,
  type TrainingEvent,
  TrainingProgressDocument,
  type Trainyard,
} from '../../src/client/core/index.ts';
import { ENDLESS, endlessCsv, stopTraining } from '../support/endless.ts';
import { eventually } from '../support/eventually.ts';
import { startTraining, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { type AwayApi, startAwayApi } from './away-api.ts';

/** From which event on the server was asked for events. */
const requestedFrom: number[] = [];

class RecordingSocket extends WebSocket {
  override send(message: string): void {
    const { type, payload } = JSON.parse(message) as { type: string; payload?: { variables: { afterSeq?: number } } };
    const afterSeq = payload?.variables?.afterSeq;
    if (type === 'subscribe' && afterSeq !== undefined) requestedFrom.push(afterSeq);
    super.send(message);
  }
}

let server: TestServer;
let api: AwayApi;
let user: TestClient;
let trainyard: Trainyard;

beforeAll(async () => {
  server = await startTestServer();
  api = await startAwayApi(server);
  user = await server.signUp();
  trainyard = createTrainyard({
    url: `${api.url}/graphql`,
    getToken: () => user.token,
    webSocketImpl: RecordingSocket,
  });
});

afterAll(async () => {
  trainyard.dispose();
  await api.close();
  await server.close();
});

test('a training that is followed while the server goes away and comes back is told in full, each event once and in order', async () => {
  const { id: datasetId } = await uploadDataset(user, endlessCsv());
  const runId = await startTraining(user, { datasetId, parameters: ENDLESS });
  const events: TrainingEvent[] = [];
  const states: ConnectionState[] = [];
  trainyard.connection.subscribe(() => states.push(trainyard.connection.current.state));
  let progress = { status: '', progress: 0 };
  const ended = Promise.all([
    new Promise<void>((complete, error) => {
      followTrainingEvents(trainyard, runId, { next: (event) => events.push(event), complete, error });
    }),
    new Promise<void>((complete, error) => {
      const next = (data: { trainingProgress: typeof progress }) => {
        progress = data.trainingProgress;
      };
      trainyard.subscribe(TrainingProgressDocument, { runId }, { next, complete, error });
    }),
  ]);
  await eventually(() => expect(events.some(({ kind }) => kind === 'METRIC')).toBe(true));
  await api.leave();
  const seen = events.length;
  await eventually(() => expect(trainyard.connection.current.state).toBe('LOST'));
  // Through the other process, the training is seen to go on in the meantime.
  const before = await lastSeqOf(runId);
  await eventually(async () => expect(await lastSeqOf(runId)).toBeGreaterThan(before));
  expect(events).toHaveLength(seen);
  await api.comeBack();
  await eventually(() => expect(trainyard.connection.current).toEqual({ state: 'OPEN', reconnects: 1 }));
  await eventually(() => expect(events.length).toBeGreaterThan(before));
  await stopTraining(user, runId);
  await ended;
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)).toMatchObject({ status: 'SUCCEEDED', progress: 1 });
  expect(progress).toMatchObject({ status: 'SUCCEEDED', progress: 1 });
  expect(states.slice(0, 2)).toEqual(['CONNECTING', 'OPEN']);
  expect(states).toContain('LOST');
  // It has not asked again for what it had.
  expect(requestedFrom).toEqual([0, seen]);
});

test('a socket is renewed with the token that counts then', async () => {
  const other = await server.signUp();
  let { token } = user;
  const client = createTrainyard({ url: `${api.url}/graphql`, getToken: () => token });
  const { id: datasetId } = await uploadDataset(other, endlessCsv());
  const runId = await startTraining(other, { datasetId, parameters: ENDLESS });
  const follow = () =>
    new Promise<string>((resolve) => {
      client.subscribe(
        TrainingProgressDocument,
        { runId },
        { next: ({ trainingProgress }) => resolve(trainingProgress.id), error: ({ code }) => resolve(code) },
      );
    });
  expect(await follow()).toBe('NOT_FOUND');
  ({ token } = other);
  client.renewSocket();
  await eventually(async () => expect(await follow()).toBe(runId));
  client.dispose();
  await other.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id: runId });
});

async function lastSeqOf(runId: string): Promise<number> {
  let seq = 0;
  for (;;) {
    const { trainingRun } = await user.execute<{ trainingRun: { events: readonly { seq: number }[] } }>(
      'query ($id: ID!, $seq: Int) { trainingRun(id: $id) { events(afterSeq: $seq, first: 100) { seq } } }',
      { id: runId, seq },
    );
    const last = trainingRun.events.at(-1)?.seq ?? seq;
    if (last === seq) return seq;
    seq = last;
  }
}
