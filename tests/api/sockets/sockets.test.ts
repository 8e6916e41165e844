import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { ClientIds } from '../../../src/api/sockets/client-ids.ts';
import { ERROR_CODES, type ErrorCode } from '../../../src/errors.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { hintAtRun } from '../../support/hint.ts';
import { START, startTraining, uploadDataset } from '../../support/operations.ts';
import { errorsOf, openSession, openSocket } from '../../support/raw-socket.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const FRIEND = 'https://app.example.com';
const NOWHERE = '00000000-0000-4000-8000-000000000000';
const CHANGES = { query: 'subscription { trainingRunChanges { runId kind } }' };

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({ CORS_ORIGINS: FRIEND }, { worker: false });
  client = await server.signUp();
});

afterAll(() => server.close());

const session = (token = client.token) => openSession(server.url, { authorization: `Bearer ${token}` });

describe('a socket is opened', () => {
  test('a socket may be opened without an origin, by the server’s own pages, and by an allowed origin', async () => {
    for (const origin of [undefined, server.url, FRIEND]) {
      const socket = await openSocket(server.url, origin === undefined ? {} : { origin });
      expect(socket.isOpen).toBe(true);
      socket.terminate();
    }
  });

  test('a socket may not be opened by a page of a foreign origin', async () => {
    const { port } = new URL(server.url);
    for (const origin of ['https://evil.example', 'null', `${FRIEND}.evil.example`, `http://evil.example:${port}`]) {
      await expect(openSocket(server.url, { origin }), origin).rejects.toThrow('403');
    }
  });

  test('a socket may not be opened at another path', async () => {
    for (const path of ['/', '/graphql/x', '//']) {
      await expect(openSocket(server.url, { path }), path).rejects.toThrow('400');
    }
  });
});

describe('an operation over a socket that cannot run', () => {
  test.each<[failure: string, payload: object, code: ErrorCode]>([
    ['a syntax error', { query: '{ viewer {' }, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown field of a subscription', { query: 'subscription { nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['a name of no operation', { query: 'query A { __typename }', operationName: 'B' }, 'OPERATION_RESOLUTION_FAILURE'],
    [
      'a missing variable',
      { query: 'subscription ($id: ID!) { trainingProgress(runId: $id) { id } }' },
      'BAD_USER_INPUT',
    ],
    [
      'a variable of a wrong type',
      { query: 'query ($n: Int!) { datasets(first: $n) { totalCount } }', variables: { n: 'x' } },
      'BAD_USER_INPUT',
    ],
    ['an unknown run', { query: `subscription { trainingProgress(runId: "${NOWHERE}") { id } }` }, 'NOT_FOUND'],
    ['an unknown run’s events', { query: `subscription { trainingEvents(runId: "${NOWHERE}") { seq } }` }, 'NOT_FOUND'],
    ['an id that is none', { query: 'subscription { trainingProgress(runId: "nothing") { id } }' }, 'NOT_FOUND'],
    [
      'a number before the first',
      { query: `subscription { trainingEvents(runId: "${NOWHERE}", afterSeq: -1) { seq } }` },
      'BAD_USER_INPUT',
    ],
  ])(
    'an operation that fails over a socket has the same code as over HTTP, and the socket stays open: %s',
    async (_, payload, code) => {
      const socket = await session();
      const errors = errorsOf(await socket.ask('1', payload));
      expectError(errors, code);
      expect(Object.keys(ERROR_CODES)).toContain(errors[0]?.extensions.code);
      expect(errors[0]?.extensions.requestId).toMatch(/^[0-9a-f-]{36}$/);
      socket.send({ type: 'ping' });
      const answers = [await socket.next(), ...(errors[0]?.path ? [await socket.next()] : [])];
      expect(answers.map(({ type }) => type)).toContain('pong');
      socket.terminate();
    },
  );
});

test('without a session a socket opens, and every subscription on it is refused', async () => {
  const socket = await openSession(server.url);
  expectError(errorsOf(await socket.ask('1', CHANGES)), 'UNAUTHENTICATED');
  socket.terminate();
});

test('queries and mutations run over a socket as over HTTP', async () => {
  const socket = await session();
  expect(await socket.ask('1', { query: '{ viewer { role } }' })).toMatchObject({
    type: 'next',
    payload: { data: { viewer: { role: 'OWNER' } } },
  });
  expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
  const refused = await socket.ask('2', { query: START, variables: { input: { datasetId: NOWHERE } } });
  expect(errorsOf(refused)).toMatchObject([{ path: ['startTraining'], extensions: { code: 'NOT_FOUND' } }]);
  socket.terminate();
});

test('a subscription that asks for it is confirmed once it runs, from when on nothing is missed', async () => {
  const own = await server.signUp();
  const { id: datasetId } = await uploadDataset(own, flowersCsv());
  const socket = await session(own.token);
  const confirm = { ...CHANGES, extensions: { confirm: 'from here' } };
  socket.send({ id: '1', type: 'subscribe', payload: confirm });
  expect(await socket.next()).toEqual({ type: 'ping', payload: { confirmed: 'from here' } });
  const runId = await startTraining(own, { datasetId });
  expect(await socket.next()).toMatchObject({
    id: '1',
    type: 'next',
    payload: { data: { trainingRunChanges: { runId } } },
  });
  socket.terminate();
});

test('nothing is confirmed but a subscription that runs and asks for it by a short text', async () => {
  const socket = await session((await server.signUp()).token);
  const quiet = [{}, { extensions: { confirm: 1 } }, { extensions: { confirm: 'x'.repeat(101) } }];
  for (const [index, more] of quiet.entries()) {
    socket.send({ id: `quiet ${index}`, type: 'subscribe', payload: { ...CHANGES, ...more } });
  }
  const asking = { extensions: { confirm: 'asked' } };
  const failed = await socket.ask('unknown', { query: 'subscription { nothing }', ...asking });
  expect(failed).toMatchObject({ id: 'unknown', type: 'error' });
  const answered = await socket.ask('query', { query: '{ viewer { role } }', ...asking });
  expect(answered).toMatchObject({ id: 'query', type: 'next' });
  expect(await socket.next()).toEqual({ id: 'query', type: 'complete' });
  socket.send({ id: 'last', type: 'subscribe', payload: { ...CHANGES, ...asking } });
  expect(await socket.next()).toEqual({ type: 'ping', payload: { confirmed: 'asked' } });
  socket.terminate();
});

test('internal errors are not disclosed over a socket', async () => {
  const broken = await startTestServer({}, { worker: false });
  try {
    const user = await broken.signUp();
    const { id: datasetId } = await uploadDataset(user, flowersCsv());
    const runId = await startTraining(user, { datasetId });
    const socket = await openSession(broken.url, { authorization: `Bearer ${user.token}` });
    const query = `subscription { trainingProgress(runId: "${runId}") { status } }`;
    expect(await socket.ask('1', { query })).toMatchObject({ type: 'next', payload: { data: expect.anything() } });
    await broken.database.owner`alter table training_runs rename column status to state`;
    await hintAtRun(broken, runId);
    let failure = await socket.next();
    // Its place in the queue may come between.
    while (failure.type === 'next') failure = await socket.next();
    expect(failure).toMatchObject({ id: '1', type: 'error' });
    const [error] = errorsOf(failure);
    expect(error).toMatchObject({
      message: 'Internal server error.',
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
    });
    expect(errorsOf(await socket.ask('2', { query }))).toMatchObject([{ message: 'Internal server error.' }]);
    expect(socket.isOpen).toBe(true);
    socket.terminate();
  } finally {
    await broken.close();
  }
});

describe('an id is free again as soon as its client has completed the operation', () => {
  const VIEWER = { query: '{ viewer { role } }' };
  const ANSWER = { id: '1', type: 'next', payload: { data: { viewer: { role: 'OWNER' } } } };

  test('an operation id is free as soon as the client completes the operation, even while it begins or runs', async () => {
    const socket = await session();
    for (let turn = 0; turn < 20; turn++) {
      socket.send({ id: '1', type: 'subscribe', payload: turn % 2 === 0 ? CHANGES : VIEWER });
      socket.send({ id: '1', type: 'complete' });
    }
    socket.send({ id: '1', type: 'subscribe', payload: VIEWER });
    expect([await socket.next(), await socket.next()]).toEqual([ANSWER, { id: '1', type: 'complete' }]);
    socket.send({ id: '1', type: 'subscribe', payload: VIEWER });
    expect([await socket.next(), await socket.next()]).toEqual([ANSWER, { id: '1', type: 'complete' }]);
    socket.terminate();
  });

  test('an operation id is free after an error, whatever its characters', async () => {
    const socket = await session();
    for (const id of ['1:2', '{"id":"1:', 'ключ "1"', '\\']) {
      for (const query of ['{ nothing }', '{ nothing }', VIEWER.query]) {
        const message = await socket.ask(id, { query });
        expect(message).toMatchObject({ id, type: query === VIEWER.query ? 'next' : 'error' });
      }
      expect(await socket.next()).toEqual({ id, type: 'complete' });
    }
    socket.terminate();
  });

  test('completing an unknown or ended operation does not affect others', async () => {
    const socket = await session();
    for (const id of ['1', '0:1', '1:1']) socket.send({ id, type: 'complete' });
    expect(await socket.ask('1', VIEWER)).toEqual(ANSWER);
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    socket.send({ id: '1', type: 'complete' });
    expect(await socket.ask('1', VIEWER)).toEqual(ANSWER);
    socket.terminate();
  });

  test('late results of an operation are not sent for the next one with its id', () => {
    const ids = new ClientIds();
    const read = (message: object) => JSON.parse(String(ids.incoming(Buffer.from(JSON.stringify(message))))) as object;
    const next = (id: string) => ids.outgoing(JSON.stringify({ id, type: 'next', payload: { data: { id } } }));
    expect(read({ id: 'a', type: 'subscribe' })).toEqual({ id: '1:a', type: 'subscribe' });
    expect(next('1:a')).toBe('{"id":"a","type":"next","payload":{"data":{"id":"1:a"}}}');
    read({ id: 'a', type: 'complete' });
    expect(read({ id: 'a', type: 'subscribe' })).toEqual({ id: '2:a', type: 'subscribe' });
    expect(next('1:a')).toBeNull();
    expect(next('2:a')).not.toBeNull();
    // One that has not ended is no other: the protocol refuses it.
    expect(read({ id: 'a', type: 'subscribe' })).toEqual({ id: '2:a', type: 'subscribe' });
    expect(ids.outgoing('{"type":"pong"}')).toBe('{"type":"pong"}');
  });
});

describe('a socket that breaks the protocol is closed, and the server goes on', () => {
  test.each([
    ['no JSON', 'hello', 4400],
    ['a message of no kind', '{"type":"shout"}', 4400],
    [
      'an operation before it has introduced itself',
      JSON.stringify({ id: '1', type: 'subscribe', payload: CHANGES }),
      4401,
    ],
  ])('a socket that breaks the protocol is closed, and the server continues: %s', async (_, message, code) => {
    const socket = await openSocket(server.url);
    socket.send(message);
    expect(await socket.closed).toMatchObject({ code });
    expect(await client.execute('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  /** Opens a socket and sends bytes as they are. */
  async function codeFor(bytes: Buffer): Promise<number> {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const connected = once(socket, 'upgrade') as Promise<[IncomingMessage]>;
    const closed = once(socket, 'close') as Promise<[number]>;
    const [{ socket: connection }] = await connected;
    connection.write(bytes);
    return (await closed)[0];
  }

  test('protocol errors of peers do not fill the log with stacks', async () => {
    const written: unknown[][] = [];
    const { error } = console;
    console.error = (...what) => void written.push(what);
    try {
      expect(await codeFor(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toBe(1002);
      expect(await codeFor(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]))).toBe(1007);
      // The head of a message of 2,000,001 bytes.
      expect(await codeFor(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x1e, 0x84, 0x81, 0, 0, 0, 0]))).toBe(1009);
      for (const message of [{ type: 'next', id: '1', payload: {} }, { type: 'connection_ack' }]) {
        const socket = await session();
        socket.send(message);
        expect((await socket.closed).code).toBe(4400);
      }
      expect(written).toEqual([]);
    } finally {
      console.error = error;
    }
  });

  test('a second connection_init, and a second operation with the same id, close the socket', async () => {
    const twice = await session();
    twice.send({ type: 'connection_init' });
    expect(await twice.closed).toMatchObject({ code: 4429 });
    const same = await session();
    same.send({ id: '1', type: 'subscribe', payload: CHANGES });
    same.send({ id: '1', type: 'subscribe', payload: CHANGES });
    expect(await same.closed).toMatchObject({ code: 4409 });
  });
});
