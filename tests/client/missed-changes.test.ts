import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTrainyard, type Operation, type Trainyard } from '../../src/client/core/index.ts';
import { useTrainingRuns } from '../../src/client/react/index.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { ENDLESS, endlessCsv } from '../support/endless.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { eventually } from '../support/eventually.ts';
import { startTraining, train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { renderHook, withPage } from './render-hook.ts';

let server: TestServer;
let user: TestClient;
let endlessId: string;
let flowersId: string;

beforeAll(async () => {
  server = await startTestServer();
  user = await server.signUp();
  ({ id: endlessId } = await uploadDataset(user, endlessCsv()));
  ({ id: flowersId } = await uploadDataset(user, flowersCsv()));
});

afterAll(() => server.close());

withPage(() => server.url);

/** Sockets of a client, whose subscriptions come to the server when they are let go. */
function heldSockets() {
  const waiting: (() => void)[] = [];
  let isHeld = true;
  class HeldSocket extends WebSocket {
    override send(data: string): void {
      if (isHeld && (JSON.parse(data) as { type: string }).type === 'subscribe') waiting.push(() => super.send(data));
      else super.send(data);
    }
  }
  const release = () => {
    isHeld = false;
    for (const send of waiting.splice(0)) send();
  };
  return { webSocketImpl: HeldSocket, waiting, release };
}

function clientOf(webSocketImpl?: unknown): Trainyard {
  const client = createTrainyard({ url: `${server.url}/graphql`, getToken: () => user.token, webSocketImpl });
  endsWithTest({ close: () => client.dispose() });
  return client;
}

test('a run that ends after a list was read, and before the server follows the list, is shown as it is', async () => {
  const datasetId = endlessId;
  const runId = await startTraining(user, { datasetId, parameters: ENDLESS });
  const sockets = heldSockets();
  const client = clientOf(sockets.webSocketImpl);
  const hook = await renderHook(client, () => useTrainingRuns({ datasetId }), null);
  await eventually(() => expect(sockets.waiting).toHaveLength(1));
  await eventually(() => expect(hook.current).toMatchObject({ isLoading: false, runs: [{ id: runId }] }));
  await user.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id: runId });
  await eventually(async () => {
    const answer = await user.execute<{ trainingRun: { status: string } }>(
      'query ($id: ID!) { trainingRun(id: $id) { status } }',
      { id: runId },
    );
    expect(answer.trainingRun.status).toBe('CANCELLED');
  });
  expect(hook.current.runs?.[0]?.status).not.toBe('CANCELLED');
  sockets.release();
  await eventually(() => expect(hook.current.runs).toMatchObject([{ id: runId, status: 'CANCELLED' }]));
  hook.unmount();
});

test('a change that is told while a list is being read is shown, though the answer is older', async () => {
  const datasetId = flowersId;
  const { id } = await train(user, { datasetId, algorithm: 'BASELINE' });
  const client = clientOf();
  const request = client.request.bind(client);
  let hold: Promise<void> | null = null;
  let read = 0;
  client.request = async <Result, Variables extends object>(
    operation: Operation<Result, Variables>,
    variables: Variables,
  ) => {
    const answer = await request(operation, variables);
    read += 1;
    await hold;
    return answer;
  };
  let confirmed = 0;
  const leave = client.subscribe(
    'subscription { trainingRunChanges { runId } }',
    {},
    {
      next: () => {},
      confirmed: () => {
        confirmed += 1;
      },
    },
  );
  await eventually(() => expect(confirmed).toBe(1));
  const hook = await renderHook(client, () => useTrainingRuns({ datasetId }), null);
  await eventually(() => expect(read).toBe(2));
  await eventually(() => expect(hook.current).toMatchObject({ isLoading: false, runs: [{ id, name: null }] }));
  const answered = Promise.withResolvers<void>();
  hold = answered.promise;
  hook.current.refetch();
  await eventually(() => expect(read).toBe(3));
  const input = { id, name: 'named meanwhile' };
  await user.execute('mutation ($input: UpdateTrainingRunInput!) { updateTrainingRun(input: $input) { id } }', {
    input,
  });
  await eventually(() => expect(hook.current).toMatchObject({ isLoading: true, runs: [{ name: 'named meanwhile' }] }));
  answered.resolve();
  await eventually(() => expect(hook.current.isLoading).toBe(false));
  expect(hook.current.runs).toMatchObject([{ id, name: 'named meanwhile' }]);
  expect(read).toBe(3);
  leave();
  hook.unmount();
});
