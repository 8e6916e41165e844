import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { fuzzDocuments, fuzzFrames } from '../support/fuzz.ts';
import { readMetrics } from '../support/read-metrics.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

/** `node benchmarks/fuzz.ts` sends thirty times as many. */
const COUNT = 300;

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
});

afterAll(() => server.close());

/** Nothing of what was sent is left, and the server goes on. */
async function expectNothingLeft(): Promise<void> {
  await eventually(async () => {
    const metrics = await readMetrics(server.url, '');
    expect(metrics.get('trainyard_sockets{signed_in="true"}')).toBe(0);
    expect(metrics.get('trainyard_sockets{signed_in="false"}')).toBe(0);
    expect([...metrics.keys()].filter((name) => name.startsWith('trainyard_subscriptions'))).toEqual([]);
  });
  expect(await client.execute('{ viewer { role } }')).toEqual({ viewer: { role: 'OWNER' } });
}

test('made-up operations get an answer that tells nothing of the inside, and leave nothing behind', async () => {
  for (const token of [client.token, null]) {
    const { sent, faults } = await fuzzDocuments(server.url, token, COUNT, 20_261);
    expect({ sent, faults }).toEqual({ sent: COUNT, faults: [] });
  }
  await expectNothingLeft();
});

test('made-up frames on WebSockets neither end the server nor leave anything behind', async () => {
  const { sent, faults } = await fuzzFrames(server.url, COUNT, 20_262);
  expect({ sent, faults }).toEqual({ sent: COUNT, faults: [] });
  await expectNothingLeft();
});
