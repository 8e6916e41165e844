import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOSTILE_OPERATIONS } from '../../support/hostile-operations.ts';
import { madePayload } from '../../support/made-documents.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { type OperationOutcome, type OperationPayload, TRANSPORTS } from '../../support/transports.ts';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
});

afterAll(() => server.close());

/** An outcome without what differs from request to request. */
function comparable({ data, errors }: OperationOutcome) {
  for (const { extensions } of errors) expect(extensions.requestId).toMatch(/^[-0-9a-f]{36}$/);
  return {
    data,
    errors: errors.map(({ extensions: { requestId: _, ...extensions }, ...error }) => ({ ...error, extensions })),
  };
}

/** Sends the same operation in every way, and expects the same outcome. */
async function expectSame(token: string | null, payload: OperationPayload): Promise<void> {
  const [first, ...others] = await Promise.all(
    TRANSPORTS.map(async ({ send }) => comparable(await send(server.url, token, payload))),
  );
  for (const other of others) expect(other).toEqual(first);
}

test('an operation is answered the same over HTTP, WebSocket and server-sent events, right or wrong', async () => {
  const anyone = fc.boolean();
  await fc.assert(
    fc.asyncProperty(madePayload, anyone, (payload, isSignedIn) =>
      expectSame(isSignedIn ? client.token : null, payload),
    ),
    { numRuns: 150, seed: 15 },
  );
});

test.each(HOSTILE_OPERATIONS.map((operation) => [operation.name, operation] as const))(
  'an operation that asks for too much is refused the same over HTTP, WebSocket and server-sent events: %s',
  async (_, { query, variables = {}, operationName }) => {
    await expectSame(client.token, { query, variables, ...(operationName === undefined ? {} : { operationName }) });
  },
);
