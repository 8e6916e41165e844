import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
});

afterAll(() => server.close());

/** As a client sends requests that no page of another origin could send. */
const fetchFn = (url: string, init: RequestInit = {}) => {
  const headers = new Headers(init.headers);
  headers.set('apollo-require-preflight', 'true');
  return fetch(url, { ...init, headers });
};

/** What is done otherwise on purpose. */
const OTHERWISE = [
  // With the header that such a request needs, its body is read as JSON.
  'SHOULD respond with 4xx status code if content-type is not supplied on POST requests',
  // As Apollo Server does: an operation that was not executed has no status of success.
  'SHOULD use 200 status code on document parsing failure when accepting application/json',
  'SHOULD use 200 status code on document validation failure when accepting application/json',
  'SHOULD use a status code of 200 on variable coercion failure when accepting application/json',
];

test('the server passes the audits of GraphQL over HTTP: no error, and the warnings that are on purpose', async () => {
  const results = await auditServer({ url: `${server.url}/graphql`, fetchFn });
  expect(results.length).toBeGreaterThan(60);
  expect(results.filter(({ status }) => status === 'error')).toEqual([]);
  expect(results.filter(({ status }) => status === 'warn').map(({ name }) => name)).toEqual(OTHERWISE);
});
