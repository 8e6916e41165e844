import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { type ApiProcess, startApiProcess } from '../../src/processes/api-process.ts';
import { type Balancer, startBalancer } from '../support/balancer.ts';
import { flowersCsv, noiseCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { formHeaders, formOf, uploadParts } from '../support/multipart.ts';
import { startTraining, UPLOAD, uploadDataset } from '../support/operations.ts';
import { openRaw, parseAnswer, type RawConnection } from '../support/raw-http.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

/** Clients that ask one thing after the other, all the time. */
const STREAMS = 8;
const FOLLOWERS = 5;

let server: TestServer;
let balancer: Balancer;
const apis = new Set<ApiProcess>();

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  balancer = await startBalancer();
});

afterAll(async () => {
  await balancer.close();
  for (const api of apis) await api.close();
  await server.close();
});

async function startApi(): Promise<ApiProcess> {
  const api = await startApiProcess(server.config, server.database.access, createLogger('fatal', 'test'));
  apis.add(api);
  balancer.add(api.url);
  await balancer.whenReady(api.url, true);
  return api;
}

/** Ends a process as SIGTERM does, with a grace that is just long enough for the balancer; `meanwhile` once that is over. */
async function end(api: ApiProcess, meanwhile: () => void): Promise<void> {
  const turnedAway = balancer.whenReady(api.url, false);
  const closed = api.close(turnedAway);
  await turnedAway;
  meanwhile();
  await closed;
  apis.delete(api);
  balancer.remove(api.url);
}

/** An upload of which half is sent; the rest comes with `finish`. */
async function beginUpload(
  url: string,
  token: string | null,
): Promise<{ finish(): void; answer: RawConnection['received'] }> {
  const body = formOf(uploadParts(UPLOAD, noiseCsv(5_000).content as string));
  const headers = {
    host: 'localhost',
    'content-length': String(body.length),
    ...formHeaders(token),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const connection = openRaw(url);
  connection.write(`POST /graphql HTTP/1.1\r\n${lines.join('')}\r\n${body.slice(0, body.length / 2)}`);
  return { finish: () => connection.write(body.slice(body.length / 2)), answer: connection.received };
}

/** A busy machine's database may be late, which is answered too; what is lost has no answer. */
function answerOf(error: unknown): unknown {
  return String(error).includes('"SERVICE_UNAVAILABLE"') ? 'answered' : error;
}

test('two processes behind a load balancer, restarted one after the other under load, lose no request and no subscription', async () => {
  const processes = [await startApi(), await startApi()];
  const user = await server.signUp();
  const client = new TestClient(balancer.url, user.token);
  const { id: datasetId } = await uploadDataset(client, flowersCsv());

  // Each comes back by itself when its socket is closed, as the clients of products do.
  const closings: number[] = [];
  const heard = Array.from({ length: FOLLOWERS }, () => new Set<string>());
  const followers = heard.map((runs) => {
    const follower = createClient({
      url: `${balancer.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${user.token}` },
      retryAttempts: 100,
      retryWait: () => Promise.resolve(),
      on: { closed: (event) => void closings.push((event as CloseEvent).code) },
    });
    follower.subscribe<{ trainingRunChanges: { runId: string } }>(
      { query: 'subscription { trainingRunChanges { runId } }' },
      {
        next: ({ data }) => void (data && runs.add(data.trainingRunChanges.runId)),
        error: (error) => void closings.push(Number.NaN, error instanceof Error ? 0 : 1),
        complete: () => undefined,
      },
    );
    return follower;
  });
  /** A subscription that is just being made may miss a run, and hears of a later one. */
  const allFollow = async () => {
    const begun = new Set<string>();
    await eventually(async () => {
      begun.add(await startTraining(client, { datasetId, algorithm: 'BASELINE' }));
      expect(heard.every((runs) => [...begun].some((id) => runs.has(id)))).toBe(true);
    });
  };
  await allFollow();

  let isOver = false;
  const answers: unknown[] = [];
  const streams = Array.from({ length: STREAMS }, async (_, index) => {
    while (!isOver) {
      const asked = index === 0 ? uploadDataset(client, flowersCsv()) : client.execute('{ viewer { role } }');
      answers.push(await asked.then(() => 'answered').catch(answerOf));
    }
  });

  for (const process of processes) {
    const uploads = await Promise.all(Array.from({ length: 4 }, () => beginUpload(balancer.url, user.token)));
    await end(process, () => {
      for (const upload of uploads) upload.finish();
    });
    for (const { answer } of uploads) {
      const { status, body } = parseAnswer(await answer);
      const codes = body.errors?.map(({ extensions }) => extensions.code) ?? [];
      expect({ status, codes: codes.filter((code) => code !== 'SERVICE_UNAVAILABLE') }).toEqual({
        status: 200,
        codes: [],
      });
    }
    const before = answers.length;
    await startApi();
    await eventually(() => expect(answers.length).toBeGreaterThan(before + STREAMS));
    await allFollow();
  }
  isOver = true;
  await Promise.all(streams);
  for (const follower of followers) await follower.dispose();
  expect(balancer.lost).toEqual([]);
  expect(answers.filter((answer) => answer !== 'answered')).toEqual([]);
  // Each was closed by the process that it was at, and by no other cause; the last ones it closed itself.
  expect(closings.filter((code) => code !== 1001 && code !== 1000)).toEqual([]);
  expect(closings.filter((code) => code === 1001).length).toBeGreaterThanOrEqual(FOLLOWERS);
  expect([...balancer.given.keys()]).toHaveLength(4);
});
