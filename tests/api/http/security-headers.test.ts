import type { IncomingMessage } from 'node:http';
import { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { securityHeaders } from '../../../src/api/http/security-headers.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
});

afterAll(() => server.close());

test.each([
  ['an answer', '/graphql?query=%7B__typename%7D', 200],
  ['a refusal', '/graphql', 400],
  ['a download link that has expired', '/downloads/a.b.c', 404],
  ['a probe', '/healthz', 200],
  ['an unknown path', '/%2e%2e/etc/passwd', 404],
  ['the root', '/', 404],
])('a browser is told to load, embed and run nothing of %s', async (_, path, status) => {
  const answer = await fetch(server.url + path, { headers: { 'apollo-require-preflight': 'true' } });
  expect(answer.status).toBe(status);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none';sandbox",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
  });
  for (const name of ['x-powered-by', 'server', 'strict-transport-security']) {
    expect(answer.headers.has(name)).toBe(false);
  }
});

test('browsers are told to use https only where PUBLIC_URL says that the server is reached by it', () => {
  const headerOf = (publicUrl: string | null) => {
    const request = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage;
    const response = new ServerResponse(request);
    securityHeaders(publicUrl)(request, response);
    return response.getHeader('strict-transport-security');
  };
  expect(headerOf('https://ml.example.com')).toMatch(/^max-age=31536000/);
  for (const none of [null, 'http://ml.example.com']) expect(headerOf(none)).toBeUndefined();
});
