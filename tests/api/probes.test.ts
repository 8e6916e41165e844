import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/platform/logger.ts';
import { type ApiProcess, startApiProcess } from '../../src/processes/api-process.ts';
import { startWorkerProcess } from '../../src/processes/worker-process.ts';
import type { FaultProxy } from '../chaos/fault-proxy.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { startTraining, train, uploadDataset } from '../support/operations.ts';
import { throughProxy } from '../support/proxied-access.ts';
import { openSession } from '../support/raw-socket.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const TOKEN = 'a-token-of-the-tests';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ METRICS_TOKEN: TOKEN, WORKER_PORT: '0' }, { worker: false });
});

afterAll(() => server.close());

const authorized = { headers: { authorization: `Bearer ${TOKEN}` } };

/** The values of a process by metric and labels, as they stand in the text. */
async function metricsOf(url: string): Promise<Map<string, number>> {
  const response = await fetch(`${url}/metrics`, authorized);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

async function answerOf(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

describe('a process', () => {
  test('lives, and is ready', async () => {
    expect(await answerOf(`${server.url}/healthz`)).toEqual({ status: 200, body: { status: 'UP' } });
    expect(await answerOf(`${server.url}/readyz`)).toEqual({
      status: 200,
      body: { status: 'UP', database: 'UP', storage: 'UP', queue: 'UP' },
    });
  });

  test('whose database is away lives on, and is not ready', async () => {
    const { access, proxy } = await throughProxy(server.database.access);
    const api: ApiProcess = await startApiProcess(server.config, access, createLogger('fatal', 'test'));
    const silence = async (fault: FaultProxy) => {
      fault.freeze();
      expect(await answerOf(`${api.url}/healthz`)).toMatchObject({ status: 200 });
      const ready = await eventually(async () => {
        const answer = await answerOf(`${api.url}/readyz`);
        expect(answer.status).toBe(503);
        return answer.body;
      });
      expect(ready).toMatchObject({ status: 'DOWN', database: 'DOWN', storage: 'UP' });
      const metrics = await metricsOf(api.url);
      expect([...metrics.keys()].filter((name) => /jobs|workers|oldest/.test(name))).toEqual([]);
      expect(metrics.get('trainyard_memory_bytes{kind="rss"}')).toBeGreaterThan(0);
      fault.thaw();
      await eventually(async () => expect(await answerOf(`${api.url}/readyz`)).toMatchObject({ status: 200 }));
    };
    await silence(proxy);
    await api.close();
    await proxy.close();
  });
});

describe('/metrics', () => {
  test('is for those who have the token', async () => {
    for (const authorization of [undefined, 'Bearer wrong', `Bearer ${TOKEN}x`, TOKEN]) {
      const response = await fetch(`${server.url}/metrics`, { headers: authorization ? { authorization } : {} });
      expect(response.status, authorization).toBe(401);
      expect(await response.text()).not.toContain('trainyard_memory_bytes');
    }
  });

  test('counts requests and operations by names of the schema, never by a client’s words', async () => {
    const client = await server.signUp();
    await client.execute('query MyVeryOwnName { one: datasets { totalCount } two: datasets { totalCount } }');
    await client.execute('query Other { datasets { totalCount } artifacts { totalCount } }');
    await client.execute('{ __typename }');
    await client.request('{ nonsenseOfTheClient }');
    await fetch(`${server.url}/nowhere-at-all`);
    // A request is counted once its answer is out.
    const metrics = await eventually(async () => {
      const seen = await metricsOf(server.url);
      for (const operation of ['Query.datasets', 'Query.several', 'Query.introspection', 'Mutation.signUp', 'invalid'])
        expect(seen.get(`trainyard_operation_seconds_count{operation="${operation}"}`), operation).toBe(1);
      expect(seen.get('trainyard_http_requests_total{status="404"}')).toBe(1);
      expect(seen.get('trainyard_http_requests_total{status="400"}')).toBe(1);
      return seen;
    });
    expect([...metrics.keys()].join()).not.toMatch(/MyVeryOwnName|nonsense|nowhere/);
  });

  test('counts sockets and subscriptions while they are open', async () => {
    const client = await server.signUp();
    const [socket, anonymous] = [
      await openSession(server.url, { authorization: `Bearer ${client.token}` }),
      await openSession(server.url),
    ];
    for (const id of ['a', 'b', 'c'])
      socket.send({ id, type: 'subscribe', payload: { query: 'subscription { trainingRunChanges { runId } }' } });
    await eventually(async () => {
      const metrics = await metricsOf(server.url);
      expect(metrics.get('trainyard_subscriptions{field="Subscription.trainingRunChanges"}')).toBe(3);
      expect(metrics.get('trainyard_sockets{signed_in="true"}')).toBe(1);
      expect(metrics.get('trainyard_sockets{signed_in="false"}')).toBe(1);
    });
    socket.terminate();
    anonymous.terminate();
    await eventually(async () => {
      const metrics = await metricsOf(server.url);
      expect([...metrics.keys()].filter((name) => name.startsWith('trainyard_subscriptions'))).toEqual([]);
      expect(metrics.get('trainyard_sockets{signed_in="true"}')).toBe(0);
    });
  });

  test('and health tell of the queue and of the workers, wherever they are', async () => {
    const client = await server.signUp();
    const { id: datasetId } = await uploadDataset(client, flowersCsv());
    await startTraining(client, { datasetId, algorithm: 'BASELINE' });
    const health = '{ health { workers queuedRuns runningRuns } }';
    await eventually(async () => {
      expect(await client.execute(health)).toEqual({ health: { workers: 0, queuedRuns: 1, runningRuns: 0 } });
      const metrics = await metricsOf(server.url);
      expect(metrics.get('trainyard_jobs{state="queued"}')).toBe(1);
      expect(metrics.get('trainyard_oldest_queued_seconds')).toBeGreaterThan(0);
      expect(metrics.get('trainyard_workers')).toBe(0);
    });
    expect(await server.anonymous().execute(health)).toEqual({
      health: { workers: null, queuedRuns: null, runningRuns: null },
    });

    const ended: unknown[] = [];
    const logger = createLogger('fatal', 'test');
    const worker = await startWorkerProcess(server.config, server.database.access, logger, (run) => ended.push(run));
    const url = `http://127.0.0.1:${worker.probePort}`;
    await train(client, { datasetId, algorithm: 'BASELINE' });
    // The client sees a run's end as it commits, its worker a moment later.
    await eventually(async () => {
      const own = await metricsOf(url);
      expect(own.get('trainyard_run_seconds_count{algorithm="BASELINE",status="SUCCEEDED"}')).toBe(2);
    });
    const run = { algorithm: 'BASELINE', status: 'SUCCEEDED', seconds: expect.any(Number) as number };
    expect(ended).toEqual([run, run]);
    expect(await answerOf(`${url}/healthz`)).toMatchObject({ status: 200 });
    expect(await answerOf(`${url}/readyz`)).toMatchObject({ status: 200, body: { database: 'UP', storage: 'UP' } });
    expect((await fetch(`${url}/graphql`)).status).toBe(404);
    await eventually(async () => {
      expect(await client.execute(health)).toEqual({ health: { workers: 1, queuedRuns: 0, runningRuns: 0 } });
      const metrics = await metricsOf(server.url);
      const memory = [...metrics].filter(([name]) => name.startsWith('trainyard_worker_memory_bytes'));
      expect(memory).toEqual([[expect.stringContaining(`pid="${process.pid}"`), expect.any(Number)]]);
    });
    await worker.close();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  });
});
