import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createSession, createTrainyard, TrainingRunsDocument } from '../../src/client/core/index.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { failureOf } from './failure-of.ts';

let server: TestServer;
let url: string;
const cookies = new Map<string, string>();
/** The names of the operations that were sent. */
const sent: string[] = [];

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  // Cookies over plain http are for this name alone.
  url = `${server.url.replace('127.0.0.1', 'localhost')}/graphql`;
  const send = globalThis.fetch;
  // Keeps cookies, as a browser does.
  vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
    sent.push(/(?:query|mutation) (\w+)/.exec(init.body as string)?.[1] ?? '');
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await send(address, { ...init, headers: { ...init.headers, ...(cookie && { cookie }) } });
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  });
});

afterAll(async () => {
  vi.unstubAllGlobals();
  await server.close();
});

test('a session is begun, gone on with by another page, renewed once for all who ask at once, and ended', async () => {
  const input = { email: 'page@example.com', password: 'correct horse battery' };
  const session = createSession({ url });
  let changes = 0;
  session.subscribe(() => {
    changes += 1;
  });
  expect(await session.resume()).toBeNull();
  expect(await session.getToken({ isExpired: false })).toBeNull();
  const viewer = await session.signUp(input);
  expect(viewer).toMatchObject({ role: 'OWNER', user: { email: input.email } });
  expect(changes).toBe(1);
  const token = await session.getToken({ isExpired: false });
  expect(token).not.toBeNull();

  const reloaded = createSession({ url });
  expect(await reloaded.resume()).toEqual(viewer);
  const client = createTrainyard({ url, getToken: reloaded.getToken, onSessionEnded: reloaded.end });
  expect(await client.request(TrainingRunsDocument, { first: 1 })).toMatchObject({ trainingRuns: { nodes: [] } });

  sent.length = 0;
  const renewed = await Promise.all([1, 2, 3].map(() => reloaded.getToken({ isExpired: true })));
  expect(sent).toEqual(['RefreshSession']);
  expect(new Set(renewed).size).toBe(1);
  expect(renewed[0]).not.toBeNull();

  await session.signOut();
  expect(session.viewer).toBeNull();
  expect(changes).toBe(2);
  // The other page learns of it when it asks next.
  expect(await failureOf(client.request(TrainingRunsDocument, { first: 1 }))).toMatchObject({
    code: 'UNAUTHENTICATED',
    reason: 'SESSION_ENDED',
  });
  expect(reloaded.viewer).toBeNull();
  expect(await reloaded.resume()).toBeNull();
  expect(await session.signIn(input)).toEqual(viewer);
  expect(await failureOf(session.signIn({ ...input, password: 'another one' }))).toMatchObject({
    code: 'UNAUTHENTICATED',
    reason: 'WRONG_CREDENTIALS',
  });
});

test('a session that cannot be renewed because the server is away is not taken for ended', async () => {
  const session = createSession({ url: 'http://127.0.0.1:9/graphql' });
  expect(await failureOf(session.resume())).toMatchObject({ code: 'NETWORK_ERROR' });
});
