import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logRequest, PROBE_OPERATION } from '../../../src/api/http/request-log.ts';
import { type ApiProcess, startApiProcess } from '../../../src/processes/api-process.ts';
import { eventually } from '../../support/eventually.ts';
import { openSession } from '../../support/raw-socket.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly requestId?: string;
  readonly operation?: string;
  readonly userId?: string | null;
  readonly status?: number;
  readonly address?: string;
  readonly method?: string;
  readonly path?: string;
  readonly bytes?: number;
  readonly milliseconds?: number;
}

let server: TestServer;
let api: ApiProcess;
let text = '';

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  const write = (line: string) => {
    text += line;
  };
  const logger = pino({ level: 'debug' }, { write });
  api = await startApiProcess(server.config, server.database.access, logger);
});

afterAll(async () => {
  await api.close();
  await server.close();
});

/** Those of requests: without SMTP_URL the log has mails besides. */
const lines = (): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => 'operation' in line);

test('every request has one log line, with its id, operation and user, and without secrets', async () => {
  const user = await server.signUp();
  const { viewer } = await user.execute<{ viewer: { user: { id: string } } }>('{ viewer { user { id } } }');
  text = '';
  const response = await fetch(`${api.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${user.token}` },
    body: JSON.stringify({ query: '{ datasets { totalCount } }' }),
  });
  const input = { email: 'logged@example.com', password: 'a very secret phrase' };
  await new TestClient(api.url, null).execute(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
    { input },
  );
  await fetch(`${api.url}/downloads/a-token-that-nobody-may-read`);
  const socket = await openSession(api.url, { authorization: `Bearer ${user.token}` });
  await socket.ask('1', { query: '{ artifacts { totalCount } }' });
  socket.terminate();
  await eventually(() => expect(lines()).toHaveLength(4));
  const userId = viewer.user.id;
  // A line is written once its answer is out, which may be after the next request has come.
  const byOperation = Object.fromEntries(lines().map((line) => [line.operation, line]));
  expect(byOperation).toMatchObject({
    'Query.datasets': { level: 30, requestId: response.headers.get('x-request-id'), userId, status: 200 },
    'Mutation.signUp': { level: 30, userId: null, status: 200 },
    download: { level: 30, userId: null, status: 404 },
    'Query.artifacts': { level: 30, requestId: expect.any(String) as string, userId },
  });
  for (const secret of [String(user.token), 'very secret', 'a-token-that']) expect(text).not.toContain(secret);
});

test('the access log says who requested what, and the outcome', async () => {
  text = '';
  const answer = await fetch(`${api.url}/nowhere?access_token=a-secret`);
  await answer.text();
  await fetch(`${api.url}/graphql`, { method: 'POST', body: '{"query":"{ nothing }"}' });
  await eventually(() => expect(lines()).toHaveLength(2));
  const byPath = Object.fromEntries(lines().map((line) => [line.path, line]));
  const common = { msg: 'request', address: '127.0.0.1', milliseconds: expect.any(Number), userId: null };
  expect(byPath).toMatchObject({
    '/nowhere': { ...common, method: 'GET', status: 404, operation: 'other' },
    '/graphql': { ...common, method: 'POST', status: 400, operation: 'invalid' },
  });
  // The head counts too.
  expect(byPath['/nowhere']?.bytes).toBeGreaterThan(Number(answer.headers.get('content-length')));
  expect(text).not.toContain('a-secret');
});

test('a request id sent by the client is kept if it is safe to log, and otherwise replaced', async () => {
  const idOf = async (id: string) => {
    const response = await fetch(`${api.url}/nowhere`, { headers: { 'x-request-id': id } });
    const { errors } = (await response.json()) as { errors: [{ extensions: { requestId: string } }] };
    expect(response.headers.get('x-request-id')).toBe(errors[0].extensions.requestId);
    return errors[0].extensions.requestId;
  };
  for (const id of ['7f3c.A_b-1', 'x'.repeat(128)]) {
    text = '';
    expect(await idOf(id)).toBe(id);
    await eventually(() => expect(lines()).toMatchObject([{ requestId: id }]));
  }
  for (const id of ['x'.repeat(129), 'a b', '{"level":60}', 'é']) expect(await idOf(id)).toMatch(/^[0-9a-f-]{36}$/);
});

test('probes are logged at level debug only', async () => {
  text = '';
  await fetch(`${api.url}/healthz`);
  await eventually(() =>
    expect(lines()).toMatchObject([{ level: 20, operation: 'probe', path: '/healthz', status: 200 }]),
  );
});

test('a request that takes longer than five seconds is logged as a warning', () => {
  const levels: unknown[] = [];
  const logger = pino(
    { level: 'debug' },
    { write: (line: string) => void levels.push((JSON.parse(line) as Line).level) },
  );
  const line = { requestId: 'r', address: '192.0.2.1', operation: 'Query.datasets', userId: null };
  for (const milliseconds of [10, 5_000, 5_001]) logRequest(logger, { ...line, milliseconds });
  logRequest(logger, { ...line, operation: PROBE_OPERATION, milliseconds: 10 });
  expect(levels).toEqual([30, 30, 40, 20]);
});
