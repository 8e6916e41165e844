import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { metricsTokenOf } from '../../../src/api/health/probes.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { type ApiProcess, startApiProcess } from '../../../src/processes/api-process.ts';
import { startProbeServer } from '../../../src/processes/probe-server.ts';
import { startWorkerProcess } from '../../../src/processes/worker-process.ts';
import { VERSION } from '../../../src/version.ts';
import type { FaultProxy } from '../../chaos/fault-proxy.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { startTraining, train, uploadDataset } from '../../support/operations.ts';
import { throughProxy } from '../../support/proxied-access.ts';
import { openRaw } from '../../support/raw-http.ts';
import { openSession } from '../../support/raw-socket.ts';
import { readMetrics } from '../../support/read-metrics.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const TOKEN = 'a-token-of-the-tests';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ METRICS_TOKEN: TOKEN, WORKER_PORT: '0' }, { worker: false });
});

afterAll(() => server.close());

const metricsOf = (url: string) => readMetrics(url, TOKEN);

async function answerOf(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

describe('a process', () => {
  test('a healthy process is alive and ready', async () => {
    expect(await answerOf(`${server.url}/healthz`)).toEqual({ status: 200, body: { status: 'UP' } });
    const ready = { status: 200, body: { status: 'UP', database: 'UP', storage: 'UP', queue: 'UP' } };
    await eventually(async () => expect(await answerOf(`${server.url}/readyz`)).toEqual(ready));
  });

  test('a process without its database is alive but not ready', async () => {
    const { access, proxy } = await throughProxy(server.database.access);
    endsWithTest(proxy);
    const api: ApiProcess = endsWithTest(await startApiProcess(server.config, access, createLogger('fatal', 'test')));
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
      expect(metrics.get('trainyard_part_up{part="database"}')).toBe(0);
      fault.thaw();
      await eventually(async () => expect(await answerOf(`${api.url}/readyz`)).toMatchObject({ status: 200 }));
    };
    await silence(proxy);
  });
});

describe('/metrics', () => {
  test('/metrics is closed without a token, unless only the own machine can reach it', async () => {
    const registry = { contentType: 'text/plain', metrics: async () => 'something 1' };
    const statusAt = async (HOST: string, METRICS_TOKEN: string | null) => {
      const metricsToken = metricsTokenOf({ HOST, METRICS_TOKEN });
      const probes = endsWithTest(
        await startProbeServer('127.0.0.1', 0, { healthChecks: {}, metrics: registry, metricsToken }),
      );
      const response = await fetch(`http://127.0.0.1:${probes.port}/metrics`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      expect((await response.text()).includes('something')).toBe(response.status === 200);
      await probes.close();
      return response.status;
    };
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
      expect(await statusAt(host, null), host).toBe(200);
    }
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'trainyard.internal']) {
      expect(await statusAt(host, null), host).toBe(403);
      expect(await statusAt(host, TOKEN), host).toBe(200);
    }
  });

  test('/metrics without a token is closed to requests forwarded by a local proxy, and to pages under another host name', async () => {
    const registry = { contentType: 'text/plain', metrics: async () => 'something 1' };
    const statusOf = async (metricsToken: string | null, header: string) => {
      const probes = await startProbeServer('127.0.0.1', 0, { healthChecks: {}, metrics: registry, metricsToken });
      const connection = openRaw(`http://127.0.0.1:${probes.port}`);
      const authorization = `authorization: Bearer ${TOKEN}`;
      connection.write(`GET /metrics HTTP/1.1\r\n${authorization}\r\n${header}\r\nconnection: close\r\n\r\n`);
      const answer = await connection.received;
      await probes.close();
      return Number(answer.split(' ')[1]);
    };
    const host = 'host: localhost:4000\r\n';
    for (const own of ['host: 127.0.0.1:4000', 'host: localhost:4000', 'host: LOCALHOST', 'host: [::1]:4000']) {
      expect(await statusOf(null, own), own).toBe(200);
    }
    for (const passedOn of [
      `${host}x-forwarded-for: 127.0.0.1`,
      `${host}x-forwarded-proto: https`,
      `${host}x-real-ip: 192.0.2.1`,
      `${host}forwarded: for=192.0.2.1`,
      `${host}via: 1.1 proxy`,
      'host: trainyard.example.com',
      'host: 192.0.2.1:4000',
      'host: 127.0.0.1.example.com',
      'host: ',
    ]) {
      expect(await statusOf(null, passedOn), passedOn).toBe(403);
      expect(await statusOf(TOKEN, passedOn), passedOn).toBe(200);
    }
  });

  test('/metrics is open to clients with the token', async () => {
    for (const authorization of [undefined, 'Bearer wrong', `Bearer ${TOKEN}x`, TOKEN]) {
      const response = await fetch(`${server.url}/metrics`, { headers: authorization ? { authorization } : {} });
      expect(response.status, authorization).toBe(401);
      expect(await response.text()).not.toContain('trainyard_memory_bytes');
    }
  });

  test('/metrics counts requests and operations by names of the schema, never by text of the client', async () => {
    const client = await server.signUp();
    await client.execute('query MyVeryOwnName { one: datasets { totalCount } two: datasets { totalCount } }');
    await client.execute('query Other { datasets { totalCount } artifacts { totalCount } }');
    await client.execute('{ __typename }');
    await client.request('{ nonsenseOfTheClient }');
    await fetch(`${server.url}/nowhere-at-all`);
    // A request is counted once its answer is out.
    const metrics = await eventually(async () => {
      const seen = await metricsOf(server.url);
      for (const operation of [
        'Query.datasets',
        'Query.several',
        'Query.introspection',
        'Mutation.signUp',
        'invalid',
      ]) {
        expect(seen.get(`trainyard_operation_seconds_count{operation="${operation}"}`), operation).toBe(1);
      }
      expect(seen.get('trainyard_http_requests_total{status="404"}')).toBe(1);
      expect(seen.get('trainyard_http_requests_total{status="400"}')).toBe(1);
      return seen;
    });
    expect([...metrics.keys()].join()).not.toMatch(/MyVeryOwnName|nonsense|nowhere/);
  });

  test('/metrics counts errors by code, over HTTP and sockets, and failed sign-ins', async () => {
    const before = await metricsOf(server.url);
    const client = await server.signUp();
    const signIn = (email: string) =>
      server.anonymous().request(`mutation { signIn(input: { email: "${email}", password: "no" }) { accessToken } }`);
    await signIn('nobody@example.com');
    await signIn('user1@example.com');
    await client.request('{ nonsense }');
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    await server.anonymous().request('{ datasets { totalCount } }');
    const socket = await openSession(server.url);
    socket.send({ id: 'a', type: 'subscribe', payload: { query: '{ datasets { totalCount } }' } });
    await eventually(async () => {
      const metrics = await metricsOf(server.url);
      const grown = (name: string) => (metrics.get(name) ?? 0) - (before.get(name) ?? 0);
      const errors = (code: string) => grown(`trainyard_graphql_errors_total{code="${code}"}`);
      expect(grown('trainyard_failed_sign_ins_total')).toBe(2);
      expect(errors('UNAUTHENTICATED')).toBe(4);
      expect(errors('GRAPHQL_VALIDATION_FAILED')).toBe(1);
      expect(errors('BAD_REQUEST')).toBe(1);
      expect(metrics.get('trainyard_graphql_errors_total{code="STORAGE_FULL"}')).toBe(0);
    });
    socket.terminate();
  });

  test('/metrics reports the version, processor, start time, open files, disk and connections of the process', async () => {
    const metrics = await metricsOf(server.url);
    const build = [...metrics].filter(([name]) => name.startsWith('trainyard_build_info'));
    expect(build).toEqual([[`trainyard_build_info{version="${VERSION}",node="${process.version}"}`, 1]]);
    for (const part of ['database', 'storage', 'queue']) {
      expect(metrics.get(`trainyard_part_up{part="${part}"}`)).toBe(1);
    }
    expect(metrics.get('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(metrics.get('process_start_time_seconds')).toBeLessThan(Date.now() / 1000);
    expect(metrics.get('trainyard_disk_free_bytes')).toBeGreaterThan(0);
    expect(metrics.get('trainyard_disk_size_bytes')).toBeGreaterThan(metrics.get('trainyard_disk_free_bytes') ?? 0);
    expect(metrics.get('trainyard_database_connections_max')).toBeGreaterThan(0);
    expect(metrics.get('trainyard_database_wait_seconds_count')).toBeGreaterThan(0);
    // The process has transactions of its own, and one may be about to begin.
    const waiting = async () => (await metricsOf(server.url)).get('trainyard_database_transactions{state="waiting"}');
    await eventually(async () => expect(await waiting()).toBe(0));
    // Only Linux tells them.
    const [maxFds, openFds] = [metrics.get('process_max_fds'), metrics.get('process_open_fds')];
    expect(process.platform !== 'linux' || Number(maxFds) > Number(openFds)).toBe(true);
  });

  test('/metrics reports the same event loop delays to two scrapers: nothing is reset by reading', async () => {
    const count = (metrics: Map<string, number>) => metrics.get('trainyard_event_loop_wait_seconds_count') ?? 0;
    const first = await eventually(async () => {
      const metrics = await metricsOf(server.url);
      expect(count(metrics)).toBeGreaterThan(0);
      return metrics;
    });
    const second = await metricsOf(server.url);
    const delays = [...first].filter(([name]) => name.startsWith('trainyard_event_loop_wait_seconds'));
    for (const [name, value] of delays) expect(second.get(name)).toBeGreaterThanOrEqual(value);
  });

  test('/metrics counts sockets and subscriptions while they are open', async () => {
    const client = await server.signUp();
    const [socket, anonymous] = [
      await openSession(server.url, { authorization: `Bearer ${client.token}` }),
      await openSession(server.url),
    ];
    for (const id of ['a', 'b', 'c']) {
      socket.send({ id, type: 'subscribe', payload: { query: 'subscription { trainingRunChanges { runId } }' } });
    }
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

  test('/metrics and health report the queue and the workers, wherever they run', async () => {
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
    const worker = endsWithTest(
      await startWorkerProcess(server.config, server.database.access, logger, (run) => ended.push(run)),
    );
    const url = `http://127.0.0.1:${worker.probePort}`;
    await train(client, { datasetId, algorithm: 'BASELINE' });
    // The client sees a run's end as it commits, its worker a moment later.
    await eventually(async () => {
      const own = await metricsOf(url);
      expect(own.get('trainyard_run_seconds_count{algorithm="BASELINE",status="SUCCEEDED"}')).toBe(2);
    });
    const run = { algorithm: 'BASELINE', status: 'SUCCEEDED', end: 'COMPLETED', code: null };
    expect(ended).toMatchObject([{ endedRun: run }, { endedRun: run }]);
    expect(await answerOf(`${url}/healthz`)).toMatchObject({ status: 200 });
    const ready = { status: 200, body: { database: 'UP', storage: 'UP' } };
    await eventually(async () => expect(await answerOf(`${url}/readyz`)).toMatchObject(ready));
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
