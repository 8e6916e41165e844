import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CancelTrainingDocument,
  createTrainyard,
  fieldErrors,
  StartTrainingDocument,
  TrainingRunChangesDocument,
  TrainingRunsDocument,
  type Trainyard,
  TrainyardError,
} from '../../src/client/core/index.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { tokenOfSession } from '../support/made-token.ts';
import { uploadDataset } from '../support/operations.ts';
import { SECRETS } from '../support/secrets.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { failureOf } from './failure-of.ts';

let server: TestServer;
let user: TestClient;
let trainyard: Trainyard;
let datasetId: string;

beforeAll(async () => {
  server = await startTestServer(SECRETS, { worker: false });
  user = await server.signUp();
  ({ id: datasetId } = await uploadDataset(user, flowersCsv()));
  trainyard = createTrainyard({ url: `${server.url}/graphql`, getToken: () => user.token });
});

afterAll(async () => {
  trainyard.dispose();
  await server.close();
});

describe('requests', () => {
  test('a request gives the data of its answer', async () => {
    const { startTraining } = await trainyard.request(StartTrainingDocument, { input: { datasetId } });
    expect(startTraining).toMatchObject({ status: 'QUEUED', datasetId });
    const { trainingRuns } = await trainyard.request(TrainingRunsDocument, { filter: { datasetId }, first: 10 });
    expect(trainingRuns?.nodes.map(({ id }) => id)).toEqual([startTraining?.id]);
  });

  test('a refused input is thrown with the messages of its fields', async () => {
    const input = { datasetId, target: 'nowhere', split: { testFraction: 20 } };
    const error = await failureOf(trainyard.request(StartTrainingDocument, { input }));
    expect(error).toBeInstanceOf(TrainyardError);
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', data: { startTraining: null } });
    const { byField, others } = fieldErrors(error);
    expect(Object.keys(byField).sort()).toEqual(['split.testFraction', 'target']);
    expect(byField['target']).toContain('nowhere');
    expect(others).toEqual([]);
  });

  test('an error that is about no field is for the whole form', async () => {
    const error = await failureOf(trainyard.request(CancelTrainingDocument, { id: crypto.randomUUID() }));
    expect(error).toMatchObject({ code: 'NOT_FOUND' });
    expect(fieldErrors(error)).toEqual({ byField: {}, hints: {}, others: [(error as Error).message] });
  });

  test('a server that is not there is a network error', async () => {
    const away = createTrainyard({ url: 'http://127.0.0.1:9/graphql' });
    expect(await failureOf(away.request(TrainingRunsDocument, { first: 1 }))).toMatchObject({ code: 'NETWORK_ERROR' });
  });

  test('an address that answers with a page is a bad response', async () => {
    const proxy = createServer((_, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'));
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const { port } = proxy.address() as AddressInfo;
    const wrong = createTrainyard({ url: `http://127.0.0.1:${port}/graphql` });
    const failure = await failureOf(wrong.request(TrainingRunsDocument, { first: 1 }));
    expect(failure).toMatchObject({ code: 'BAD_RESPONSE', message: expect.stringContaining('502') });
    proxy.close();
    proxy.closeAllConnections();
  });

  test('a request that is aborted fails with the reason of its signal', async () => {
    const reason = new Error('The page has changed.');
    const aborted = trainyard.request(TrainingRunsDocument, { first: 1 }, { signal: AbortSignal.abort(reason) });
    expect(await failureOf(aborted)).toBe(reason);
  });
});

describe('errors of other clients', () => {
  const errors = [{ message: 'No such column.', extensions: { argument: 'input.target' } }];
  test.each([
    ['Apollo Client', Object.assign(new Error('x'), { errors })],
    ['urql', Object.assign(new Error('x'), { graphQLErrors: errors })],
    ['a list', errors],
  ])('fieldErrors reads the errors of %s', (_, error) => {
    expect(fieldErrors(error)).toEqual({ byField: { target: 'No such column.' }, hints: {}, others: [] });
  });

  test('fieldErrors says nothing of no error', () => {
    expect(fieldErrors(null)).toEqual({ byField: {}, hints: {}, others: [] });
  });
});

describe('sessions', () => {
  test('a session that ends elsewhere ends the connection and is told once, for what is followed and for what is asked', async () => {
    const leaving = await server.signUp();
    let ended = 0;
    const client = createTrainyard({
      url: `${server.url}/graphql`,
      getToken: () => leaving.token,
      onSessionEnded: () => {
        ended += 1;
      },
    });
    const failed = new Promise<TrainyardError>((resolve) => {
      client.subscribe(TrainingRunChangesDocument, {}, { next: () => {}, error: resolve });
    });
    await eventually(() => expect(client.connection.current.state).toBe('OPEN'));
    await leaving.execute('mutation { signOut { everywhere } }');
    expect(await failed).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' });
    expect(client.connection.current.state).toBe('ENDED');
    expect(await failureOf(client.request(TrainingRunsDocument, { first: 1 }))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    expect(ended).toBe(1);
    client.dispose();
  });

  test('a refused token is asked for anew, and the request sent again', async () => {
    const contexts: boolean[] = [];
    const expired = await tokenOfSession(user, new Date(Date.now() - 60_000));
    const client = createTrainyard({
      url: `${server.url}/graphql`,
      getToken: ({ isExpired }) => {
        contexts.push(isExpired);
        return isExpired ? user.token : expired;
      },
    });
    const { trainingRuns } = await client.request(TrainingRunsDocument, { first: 1 });
    expect(trainingRuns).not.toBeNull();
    expect(contexts).toEqual([false, true]);
    const followed = new Promise<void>((resolve) => {
      client.connection.subscribe(() => {
        if (client.connection.current.state === 'OPEN') resolve();
      });
    });
    const unsubscribe = client.subscribe(TrainingRunChangesDocument, {}, { next: () => {} });
    await followed;
    expect(contexts).toEqual([false, true, false, true]);
    unsubscribe();
    client.dispose();
  });
});
