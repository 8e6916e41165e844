import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { openRaw, parseAnswer, type RawAnswer } from '../../support/raw-http.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const FRIEND = 'https://app.example.com';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({ CORS_ORIGINS: FRIEND }, { worker: false });
  client = await server.signUp();
});

afterAll(() => server.close());

/** The answer to a request of which only the headers were sent: its body, which they announce, never comes. */
async function answerToHead(method: string, headers: Record<string, string>): Promise<RawAnswer> {
  const connection = openRaw(server.url);
  const lines = Object.entries({ host: 'localhost', 'content-length': '50', ...headers });
  connection.write(
    `${method} /graphql HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  const answer = await eventually(() => parseAnswer(connection.soFar()));
  connection.breakOff();
  return answer;
}

/** Content types that a page may send to any server without being asked; undefined: none at all. */
const SIMPLE_TYPES = [
  undefined,
  '',
  'text/plain',
  'TEXT/PLAIN; charset=utf-8',
  'text/plain, application/json',
  'text/plain; application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'Multipart/Form-Data; boundary=x',
  'application/jsonp',
  'application/json, text/plain',
];

const typed = (type: string | undefined): Record<string, string> =>
  type === undefined ? {} : { 'content-type': type };

describe('requests that a page of any origin can send', () => {
  test.each(SIMPLE_TYPES)('a POST with the content type %s is refused before its body is read', async (type) => {
    const { status, body } = await answerToHead('POST', {
      ...typed(type),
      authorization: `Bearer ${client.token}`,
      origin: FRIEND,
    });
    expect({ status, errors: body.errors }).toMatchObject({
      status: 400,
      errors: [{ message: expect.stringContaining('apollo-require-preflight'), extensions: { code: 'BAD_REQUEST' } }],
    });
  });

  // What a browser opens itself gets a page: tests/api/pages.
  test.each(['*/*', 'text/event-stream'])('a GET that accepts %s is refused as a link would be', async (accept) => {
    const { status, body } = await answerToHead('GET', { accept });
    expect({ status, errors: body.errors }).toMatchObject({
      status: 400,
      errors: [{ message: expect.stringContaining('apollo-require-preflight') }],
    });
  });

  test('an empty header does not show that a browser has asked first', async () => {
    for (const name of ['apollo-require-preflight', 'x-apollo-operation-name']) {
      expect(await answerToHead('POST', { 'content-type': 'text/plain', [name]: '' })).toMatchObject({ status: 400 });
    }
  });
});

describe('requests that a browser sends only after it has asked', () => {
  const BODY = '{"query":"{ __typename }"}';
  const post = async (headers: Record<string, string>) =>
    await (await fetch(`${server.url}/graphql`, { method: 'POST', body: BODY, headers })).json();

  test('a JSON body is read, whatever the case and the parameters of its type', async () => {
    for (const type of [
      'application/json',
      'Application/JSON',
      'application/json; charset=utf-8',
      'application/json;',
    ]) {
      expect(await post({ 'content-type': type }), type).toEqual({ data: { __typename: 'Query' } });
    }
  });

  test('a body of any type is read with a header that needs a preflight', async () => {
    for (const name of ['apollo-require-preflight', 'x-apollo-operation-name']) {
      expect(await post({ 'content-type': 'text/plain', [name]: 'x' }), name).toEqual({
        data: { __typename: 'Query' },
      });
    }
  });

  test('the preflight of a page that is not listed allows no header', async () => {
    const { headers } = await fetch(`${server.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,apollo-require-preflight',
      },
    });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});
