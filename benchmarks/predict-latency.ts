/**
 * How fast single rows are predicted over HTTP by a model that is in memory: GRADIENT_BOOSTING with 100 trees of 31 leaves on 20
 * columns.
 *
 *   node benchmarks/predict-latency.ts [--seconds 20]
 *
 * One API process from the build on a PostgreSQL of its own, and the clients, all on this machine; no rate limits are reached. The
 * bars: p99 below 5 ms at 100 requests a second, and 1,000 requests a second over 16 connections.
 */
import { Agent, request } from 'node:http';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { quantileOf } from '../tests/chaos/report.ts';
import { openRig } from '../tests/chaos/rig.ts';
import { System } from '../tests/chaos/system.ts';
import { pause } from '../tests/chaos/until.ts';
import { train, uploadDataset } from '../tests/support/operations.ts';
import type { TestClient, TestFile } from '../tests/support/test-client.ts';

const { seconds: secondsText } = parseArgs({ options: { seconds: { type: 'string', default: '20' } } }).values;
const SECONDS = Number(secondsText);

const COLUMNS = 20;
const ROWS = 20_000;
const REQUESTS_PER_SECOND = 100;
const CONNECTIONS = 16;

/** Numbers that are the same at every run, and a label that many of them decide. */
function madeCsv(): TestFile {
  const names = Array.from({ length: COLUMNS }, (_, column) => `c${column}`);
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const cells = names.map((_name, column) => ((row * (7919 + 104_729 * column)) % 10_007) / 100);
    const score = cells.reduce((sum, cell, column) => sum + Math.sin(cell * (column + 1)), 0);
    return `${cells.join(',')},${score > 0 ? 'yes' : 'no'}`;
  });
  return { name: 'made.csv', content: `${names.join(',')},answer\n${lines.join('\n')}\n` };
}

async function trainModel(client: TestClient): Promise<string> {
  const { id: datasetId } = await uploadDataset(client, madeCsv());
  const parameters = { trees: 100, maxLeaves: 31, earlyStoppingRounds: null };
  const run = await train(client, { datasetId, target: 'answer', algorithm: 'GRADIENT_BOOSTING', parameters });
  return run.artifact?.id ?? 'none';
}

/** The body of a request for one row, another one each time. */
function bodyOf(artifactId: string, row: number): string {
  const values = Object.fromEntries(
    Array.from({ length: COLUMNS }, (_, column) => [`c${column}`, ((row * (31 + column)) % 10_007) / 100]),
  );
  return JSON.stringify({
    query:
      'query ($id: ID!, $rows: [JSONObject!]!) { predict(artifactId: $id, rows: $rows) { predictions { label probabilities { label probability } } } }',
    variables: { id: artifactId, rows: [values] },
  });
}

/** Sends a request and gives the milliseconds until its whole answer is there. */
function ask(url: URL, token: string, agent: Agent, body: string): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: `Bearer ${token}`,
    };
    request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => {
        if (text.includes('"probability"')) resolve(performance.now() - startedAt);
        else reject(new Error(text));
      });
    })
      .on('error', reject)
      .end(body);
  });
}

const rig = await openRig({ seed: 0, full: true, synced: true });
try {
  const system = await System.open(rig, { apis: 1, workers: 1 });
  const user = await system.signUp();
  const artifactId = await trainModel(user.client.http);
  const [api] = system.apis;
  if (api === undefined) throw new Error('There is no API process.');
  const cpuSeconds = () => api.process.cpuSeconds();
  const url = new URL('/graphql', api.url);
  const token = String(user.client.http.token);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  for (let row = 0; row < 200; row++) await ask(url, token, agent, bodyOf(artifactId, row));

  const paced: Promise<number>[] = [];
  const beginAt = performance.now();
  for (let row = 0; row < SECONDS * REQUESTS_PER_SECOND; row++) {
    const dueIn = beginAt + (row * 1_000) / REQUESTS_PER_SECOND - performance.now();
    if (dueIn > 0) await pause(dueIn);
    paced.push(ask(url, token, agent, bodyOf(artifactId, row)));
  }
  const latencies = await Promise.all(paced);
  const [p50, p99] = [0.5, 0.99].map((share) => quantileOf(latencies, share).toFixed(1));
  console.log(
    `${REQUESTS_PER_SECOND} requests a second: p50 ${p50} ms, p99 ${p99} ms (bar 5 ms) of ${latencies.length}`,
  );

  const cpuBefore = await cpuSeconds();
  let answered = 0;
  const endAt = performance.now() + SECONDS * 1_000;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < endAt) {
        await ask(url, token, agent, bodyOf(artifactId, answered));
        answered += 1;
      }
    }),
  );
  const cpuMilliseconds = (((await cpuSeconds()) - cpuBefore) * 1_000) / answered;
  console.log(
    `${CONNECTIONS} connections: ${(answered / SECONDS).toFixed(0)} requests a second (bar 1,000), ` +
      `${cpuMilliseconds.toFixed(2)} ms of the API process's processor time each`,
  );
  // Of the minutes before: what else the machine was doing stretches every time on the clock.
  console.log(
    `load average of the last minutes: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
  agent.destroy();
  await system.close();
} finally {
  await rig.close();
}
