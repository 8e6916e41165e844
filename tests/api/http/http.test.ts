import type { IncomingMessage } from 'node:http';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RefusedOrigins } from '../../../src/api/http/refused-origins.ts';
import { readConfig } from '../../../src/config.ts';
import { ERROR_CODES } from '../../../src/errors.ts';
import { startApiProcess } from '../../../src/processes/api-process.ts';
import { eventually } from '../../support/eventually.ts';
import { openRaw, sendRaw } from '../../support/raw-http.ts';
import { openSocket } from '../../support/raw-socket.ts';
import type { AnswerError, TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const FRIEND = 'https://app.example.com';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({ CORS_ORIGINS: FRIEND }, { worker: false });
  client = await server.signUp();
});

afterAll(() => server.close());

interface Refusal {
  readonly status: number;
  readonly errors: readonly AnswerError[];
}

async function send(path: string, init: RequestInit): Promise<Refusal & { requestId: string | null }> {
  const response = await fetch(server.url + path, init);
  const { errors = [] } = (await response.json()) as Partial<Refusal>;
  return { status: response.status, errors, requestId: response.headers.get('x-request-id') };
}

function post(body: string, headers: Record<string, string> = {}) {
  return send('/graphql', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

describe('requests that are no GraphQL request', () => {
  test.each([
    ['an empty body', ''],
    ['a body that is not JSON', '{"query": "{ viewer { id } }"'],
    ['a JSON null', 'null'],
    ['a JSON number', '5'],
    ['an empty object', '{}'],
    ['a query that is no text', '{"query": 5}'],
    ['an empty query', '{"query": ""}'],
    ['variables that are no object', '{"query": "{ __typename }", "variables": 5}'],
    ['a batch', '[{"query": "{ __typename }"}]'],
  ])('a request that is not GraphQL (%s) is answered with 400, BAD_REQUEST and the request id', async (_, body) => {
    const { status, errors, requestId } = await post(body);
    expect({ status, errors }).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'BAD_REQUEST', requestId } }],
    });
  });

  test('a JSON body of more than two megabytes is refused, with and without content-length', async () => {
    const body = JSON.stringify({ query: `# ${'x'.repeat(2_500_000)}\n{ __typename }` });
    const chunked = new Blob([body]).stream();
    const headers = { 'content-type': 'application/json' };
    const answers = await Promise.all([
      post(body),
      // `duplex` is needed for streams and missing in the types of fetch.
      send('/graphql', { method: 'POST', body: chunked, headers, duplex: 'half' } as RequestInit),
    ]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 413, errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }] });
    }
  });

  test('an upgrade to another protocol than WebSocket is ignored, as sent by curl --http2 and Java', async () => {
    const head = 'host: localhost\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk';
    const body = JSON.stringify({ query: '{ __typename }' });
    const form = `content-type: application/json\r\ncontent-length: ${body.length}`;
    const connection = openRaw(server.url);
    const answered = (body: string) => eventually(() => expect(connection.soFar()).toContain(body));
    connection.write(`GET /healthz HTTP/1.1\r\n${head}\r\n\r\n`);
    await answered('{"status":"UP"}');
    connection.write(`POST /graphql HTTP/1.1\r\n${head}\r\n${form}\r\n\r\n${body}`);
    await answered('{"data":{"__typename":"Query"}}');
    connection.write('GET /nowhere HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    expect((await connection.received).match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 200',
      'HTTP/1.1 404',
    ]);
  });

  test('methods other than GET and POST are refused', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const answer = await send('/graphql', { method, headers: { 'content-type': 'application/json' } });
      expect(answer, method).toMatchObject({ status: 405, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    }
  });

  test('a GET request may query if no foreign page could have sent it, and never runs a mutation', async () => {
    const query = encodeURIComponent('{ __typename }');
    const headers = { 'apollo-require-preflight': 'true' };
    const bare = await fetch(`${server.url}/graphql?query=${query}`, { headers });
    expect(await bare.json()).toEqual({ data: { __typename: 'Query' } });
    expect(await send(`/graphql?query=${query}`, {})).toMatchObject({ status: 400 });
    const mutation = encodeURIComponent('mutation { deleteArtifact(id: "x") { id } }');
    expect(await send(`/graphql?query=${mutation}`, { headers })).toMatchObject({ status: 405 });
  });

  test('a form or plain text of a foreign page is not accepted as JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const { status, errors } = await post('{"query":"{ __typename }"}', { 'content-type': type });
      expect({ status, errors }).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    }
  });

  test('a malformed URL does not end the server', async () => {
    for (const target of ['//', 'http://[', '/\\', '*', '/%']) {
      const request = `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`;
      const { status, body } = await sendRaw(server.url, request);
      expect([400, 404], target).toContain(status);
      expect(body.errors?.[0]?.extensions.code, target).toMatch(/^(BAD_REQUEST|NOT_FOUND)$/);
    }
    expect(await client.execute('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  test('other paths are answered with 404', async () => {
    for (const path of ['/', '/graphql/', '/GRAPHQL', '/downloads/', '/downloads/../token-secret', '/.env']) {
      expect(await send(path, {}), path).toMatchObject({
        status: 404,
        errors: [{ extensions: { code: 'NOT_FOUND' } }],
      });
    }
  });
});

describe('errors of GraphQL', () => {
  test.each([
    ['a syntax error', '{ viewer {', {}, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown argument', '{ dataset(id: "x", name: "y") { id } }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a missing variable', 'query ($id: ID!) { dataset(id: $id) { id } }', {}, 'BAD_USER_INPUT'],
    [
      'a variable of a wrong type',
      'query ($n: Int!) { datasets(first: $n) { totalCount } }',
      { n: 'x' },
      'BAD_USER_INPUT',
    ],
    ['two operations and no name', 'query A { __typename } query B { __typename }', {}, 'OPERATION_RESOLUTION_FAILURE'],
    ['a subscription over HTTP', 'subscription { trainingRunChanges { runId } }', {}, 'OPERATION_RESOLUTION_FAILURE'],
  ])('a GraphQL error has a code of the table: %s', async (_, query, variables, code) => {
    const { status, errors } = await client.request(query, variables);
    expect({ status, errors }).toMatchObject({ status: 400, errors: [{ extensions: { code } }] });
    for (const { extensions } of errors) {
      expect(Object.keys(ERROR_CODES)).toContain(extensions.code);
      expect(extensions.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('a subscription whose client reads JSON is refused, and told what to use', async () => {
    const body = JSON.stringify({ query: 'subscription { trainingRunChanges { runId } }' });
    for (const accept of ['application/json', 'text/event-stream, application/json', '*/*']) {
      expect(await post(body, { accept, authorization: `Bearer ${client.token}` }), accept).toMatchObject({
        status: 400,
        errors: [
          {
            message: expect.stringMatching(/WebSocket or server-sent events/),
            extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
          },
        ],
      });
    }
  });

  test('the hash of a persisted query is refused so that clients send the document', async () => {
    const hash = 'ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38';
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
    const refusal = [
      {
        message: 'PersistedQueryNotSupported',
        extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', requestId: expect.any(String) },
      },
    ];
    expect((await post(JSON.stringify({ extensions }))).errors).toEqual(refusal);
    expect((await post(JSON.stringify({ extensions, query: '{ __typename }' }))).errors).toEqual(refusal);
    const search = `extensions=${encodeURIComponent(JSON.stringify(extensions))}`;
    const headers = { 'apollo-require-preflight': 'true' };
    expect((await send(`/graphql?${search}`, { headers })).errors).toEqual(refusal);
    expect((await post('{"query":"{ __typename }","extensions":{}}')).errors).toEqual([]);
  });

  test('internal errors are not disclosed to clients', async () => {
    const broken = await startTestServer({}, { worker: false });
    try {
      const user = await broken.signUp();
      await broken.database.owner`alter table datasets rename column name to title`;
      const { errors } = await user.request('{ datasets { edges { node { id } } } viewer { role } }');
      expect(errors).toEqual([
        {
          message: 'Internal server error.',
          locations: expect.anything(),
          path: ['datasets'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', hint: expect.any(String), requestId: expect.any(String) },
        },
      ]);
    } finally {
      await broken.close();
    }
  });

  test('one failing field does not blank the others', async () => {
    const { data, errors } = await client.request('{ bad: datasets(first: 0) { totalCount } good: viewer { role } }');
    expect(data).toEqual({ bad: null, good: { role: 'OWNER' } });
    expect(errors).toHaveLength(1);
  });
});

describe('CORS', () => {
  const preflight = (origin: string) =>
    fetch(`${server.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });

  test('an allowed origin may send requests with its token and with files', async () => {
    const { status, headers } = await preflight(FRIEND);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(FRIEND);
    expect(headers.get('access-control-allow-methods')).toContain('POST');
    for (const header of ['authorization', 'content-type', 'apollo-require-preflight']) {
      expect(headers.get('access-control-allow-headers')?.split(/, */)).toContain(header);
    }
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { origin: FRIEND, 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe(FRIEND);
    expect(answer.headers.get('vary')).toContain('origin');
    for (const { headers: each } of [answer, await preflight(FRIEND)]) {
      expect(each.get('access-control-allow-credentials')).toBe('true');
      const exposed = each.get('access-control-expose-headers')?.split(/, */);
      expect(exposed).toEqual(expect.arrayContaining(['retry-after', 'x-request-id', 'ETag']));
    }
  });

  test('a wildcard is no origin that CORS_ORIGINS may list', () => {
    for (const CORS_ORIGINS of ['*', 'null', 'https://*.example.com']) {
      expect(() => readConfig({ CORS_ORIGINS }), CORS_ORIGINS).toThrow(/CORS_ORIGINS must list origins/);
    }
  });

  test('a refused origin is logged once, over HTTP and WebSocket together, and the server’s own and listed ones never', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
    const api = await startApiProcess(server.config, server.database.access, logger);
    try {
      const post = (origin: string) =>
        fetch(`${api.url}/graphql`, {
          ...{ method: 'POST', body: '{"query":"{ __typename }"}' },
          headers: { origin, 'content-type': 'application/json' },
        });
      for (const origin of ['https://evil.example', 'https://evil.example', 'null', FRIEND, api.url]) {
        await post(origin);
      }
      await expect(openSocket(api.url, { origin: 'https://evil.example' })).rejects.toThrow('403');
      await expect(openSocket(api.url, { origin: 'https://other.example' })).rejects.toThrow('403');
      const origins = lines.map((line) => (JSON.parse(line) as { origin?: string }).origin);
      expect(origins).toEqual(['https://evil.example', 'null', 'https://other.example']);
    } finally {
      await api.close();
    }
  });

  test('a flood of refused origins fills neither the log nor the memory', () => {
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
    const refused = RefusedOrigins.of(logger);
    for (let index = 0; index < 10_000; index++) {
      refused.log({ headers: { origin: `https://evil${index}.example` } } as IncomingMessage, '192.0.2.1');
    }
    expect(lines).toHaveLength(5);
  });

  test('an allowed origin may send any header that its libraries add', async () => {
    const asked = async (names: string) => {
      const { headers } = await fetch(`${server.url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin: FRIEND, 'access-control-request-method': 'POST', 'access-control-request-headers': names },
      });
      expect(headers.get('vary')).toContain('access-control-request-headers');
      return headers.get('access-control-allow-headers');
    };
    const names = 'apollographql-client-name,authorization,baggage,content-type,sentry-trace,traceparent';
    expect((await asked(names))?.split(/\s*,\s*/)).toEqual(expect.arrayContaining(names.split(',')));
    expect((await asked('X-Anything , x-other'))?.split(/\s*,\s*/)).toEqual(
      expect.arrayContaining(['X-Anything', 'x-other', 'content-type']),
    );
    for (const none of ['', ' ', 'a b', 'a,,b', 'a;b', `x${'-x'.repeat(4_000)}`]) {
      expect(await asked(none), none).toMatch(/^authorization, content-type, [-a-z, ]*x-request-id$/);
    }
  });

  test('a foreign origin gets no CORS headers', async () => {
    for (const origin of ['https://evil.example', `${FRIEND}.evil.example`, 'null', FRIEND.replace('https', 'http')]) {
      const { headers } = await preflight(origin);
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(headers.get('vary')).toContain('origin');
    }
  });
});

test('health discloses no version and needs no session', async () => {
  const query = '{ health { status database storage queue uptimeSeconds version } }';
  const up = { status: 'UP', database: 'UP', storage: 'UP', queue: 'UP', uptimeSeconds: expect.any(Number) };
  const tells = (asking: TestClient, version: unknown) =>
    eventually(async () => expect(await asking.execute(query)).toEqual({ health: { ...up, version } }));
  await tells(server.anonymous(), null);
  await tells(client, expect.stringMatching(/^\d+\.\d+/));
});
