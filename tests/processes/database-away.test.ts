import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { type ApiProcess, startApiProcess } from '../../src/processes/api-process.ts';
import type { FaultProxy } from '../chaos/fault-proxy.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { expectError } from '../support/expect-error.ts';
import { startTraining, uploadDataset } from '../support/operations.ts';
import { throughProxy } from '../support/proxied-access.ts';
import { errorsOf, openSession, openSocket } from '../support/raw-socket.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let proxy: FaultProxy;
/** An API process of the same database, which reaches it through the proxy. */
let api: ApiProcess;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  const proxied = await throughProxy(server.database.access);
  proxy = proxied.proxy;
  api = await startApiProcess(server.config, proxied.access, createLogger('fatal', 'test'));
});

afterAll(async () => {
  proxy.thaw();
  await api.close();
  await proxy.close();
  await server.close();
});

test('while the database is silent every operation fails with SERVICE_UNAVAILABLE, sockets stay open, and all continues when it is back', async () => {
  const user = await server.signUp();
  const { id: datasetId } = await uploadDataset(user, flowersCsv());
  const runId = await startTraining(user, { datasetId });
  const there = new TestClient(api.url, user.token);
  const socket = await openSession(api.url, { authorization: `Bearer ${user.token}` });
  const query = `subscription { trainingEvents(runId: "${runId}") { status } }`;
  expect(await socket.ask('run', { query })).toMatchObject({ type: 'next' });
  await there.execute('{ datasets { totalCount } }');

  proxy.freeze();
  // It is so until all of these have been answered.
  const answers = await Promise.all([
    there.request('{ datasets { totalCount } }'),
    there.request('mutation { signOut { everywhere } }'),
    there.request('{ trainingRuns { edges { node { id } } } artifacts { totalCount } }'),
  ]);
  for (const { data, errors } of answers) {
    expect(new Set(Object.values(data ?? {}))).toEqual(new Set([null]));
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['SERVICE_UNAVAILABLE']));
  }
  expect(await there.execute('{ health { status database } }')).toEqual({
    health: { status: 'DOWN', database: 'DOWN' },
  });
  const refused = await socket.ask('list', { query: '{ datasets { totalCount } }' });
  expectError(errorsOf(refused), 'SERVICE_UNAVAILABLE');
  expect(await socket.next()).toMatchObject({ type: 'complete' });
  // A socket that comes now is asked to come again: that is no reason for its client to stop.
  const late = await openSocket(api.url);
  late.send({ type: 'connection_init', payload: { authorization: `Bearer ${user.token}` } });
  expect(await late.closed).toMatchObject({ code: 1013 });
  await user.execute('mutation ($id: ID!) { cancelTraining(id: $id) { status } }', { id: runId });

  proxy.thaw();
  await eventually(() => there.execute('{ datasets { totalCount } }'));
  expect(await socket.next()).toMatchObject({
    id: 'run',
    payload: { data: { trainingEvents: { status: 'CANCELLED' } } },
  });
  expect(socket.isOpen).toBe(true);
  socket.terminate();
});
