import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RUN_STATUSES } from '../../../src/jobs/job-status.ts';
import { ALGORITHM_NAMES } from '../../../src/ml/registry.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { type MadeRun, madeRun, type WorkspaceOfRuns, workspaceOfRuns } from '../../support/made-runs.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const USAGE = 'usage { datasets datasetBytes artifacts artifactBytes queuedRuns runningRuns runs }';
const NOTHING = {
  datasets: 0,
  datasetBytes: 0,
  artifacts: 0,
  artifactBytes: 0,
  queuedRuns: 0,
  runningRuns: 0,
  runs: 0,
};
const STATISTICS = `query ($from: DateTime, $to: DateTime) { viewer { workspace { runStatistics(from: $from, to: $to) {
  from to count byStatus { status count } byAlgorithm { algorithm count } days { day status algorithm count } } } } }`;

type Usage = typeof NOTHING;

interface Statistics {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly byStatus: readonly { readonly status: string; readonly count: number }[];
  readonly byAlgorithm: readonly { readonly algorithm: string; readonly count: number }[];
  readonly days: readonly { readonly day: string; readonly count: number }[];
}

let server: TestServer;
let own: WorkspaceOfRuns;
let other: WorkspaceOfRuns;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  own = await workspaceOfRuns(await server.signUp(), server.database.owner);
  other = await workspaceOfRuns(await server.signUp(), server.database.owner);
});

afterAll(() => server.close());

beforeEach(() => Promise.all([own.clear(), other.clear()]));

async function usageOf(client: TestClient): Promise<Usage> {
  const { viewer } = await client.execute<{ viewer: { workspace: { usage: Usage } } }>(
    `{ viewer { workspace { ${USAGE} } } }`,
  );
  return viewer.workspace.usage;
}

async function statisticsOf(client: TestClient, variables: object = {}): Promise<Statistics> {
  const { viewer } = await client.execute<{ viewer: { workspace: { runStatistics: Statistics } } }>(
    STATISTICS,
    variables,
  );
  return viewer.workspace.runStatistics;
}

describe('usage', () => {
  test('the usage of a new workspace is zero, also in the response of signUp and signIn', async () => {
    const credentials = { email: `${randomUUID()}@example.com`, password: 'correct horse battery' };
    const session = `{ viewer { workspace { ${USAGE} runStatistics { count } } memberships { workspace { ${USAGE} } } } }`;
    for (const [name, type] of [
      ['signUp', 'SignUpInput'],
      ['signIn', 'SignInInput'],
    ]) {
      const answer = await server
        .anonymous()
        .execute<Record<string, { viewer: unknown }>>(
          `mutation ($input: ${type}!) { ${name}(input: $input) ${session} }`,
          { input: credentials },
        );
      expect(answer[name ?? '']?.viewer).toEqual({
        workspace: { usage: NOTHING, runStatistics: { count: 0 } },
        memberships: [{ workspace: { usage: NOTHING } }],
      });
    }
  });

  test('usage counts dataset versions and models with their bytes, and runs by status', async () => {
    const worker = await server.startWorker();
    const client = await server.signUp();
    const files = [flowersCsv(), flowersCsv(), { name: 'small.csv', content: `a,b\n${'1,2\n'.repeat(12)}` }];
    const datasets = [];
    for (const file of files) datasets.push(await uploadDataset(client, file));
    const run = await train(client, { datasetId: datasets[0]?.id, algorithm: 'BASELINE' });
    await worker.close();
    const { artifact } = await client.execute<{ artifact: { sizeBytes: number } }>(
      'query ($id: ID!) { artifact(id: $id) { sizeBytes } }',
      { id: run.artifact?.id },
    );
    expect(await usageOf(client)).toEqual({
      datasets: 3,
      datasetBytes: files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0),
      artifacts: 1,
      artifactBytes: artifact.sizeBytes,
      queuedRuns: 0,
      runningRuns: 0,
      runs: 1,
    });
  });

  test('usage counts runs of every status, including archived ones', async () => {
    const statuses = ['QUEUED', 'QUEUED', 'QUEUED', 'RUNNING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
    await own.insert([...statuses.map((status) => madeRun({ status })), madeRun({ isArchived: true })]);
    expect(await usageOf(own.client)).toMatchObject({ datasets: 1, queuedRuns: 3, runningRuns: 2, runs: 9 });
  });

  test('the usage of each membership is that of its workspace', async () => {
    const { owner } = server.database;
    await own.insert([madeRun()]);
    await other.insert([madeRun(), madeRun(), madeRun({ status: 'QUEUED' })]);
    const both = `{ viewer { workspace { id ${USAGE} } memberships { workspace { id ${USAGE} runStatistics(from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z") { count } } } } }`;
    interface Both {
      readonly viewer: {
        readonly workspace: { readonly id: string; readonly usage: Usage };
        readonly memberships: {
          readonly workspace: { id: string; usage: Usage; runStatistics: { count: number } };
        }[];
      };
    }
    const look = async () => {
      const { viewer } = await own.client.execute<Both>(both);
      const seen = viewer.memberships.map(
        ({ workspace: { id, usage, runStatistics } }) =>
          [id, [usage.runs, usage.queuedRuns, runStatistics.count]] as const,
      );
      return { token: [viewer.workspace.id, viewer.workspace.usage.runs], seen: new Map(seen) };
    };
    const ownCounts = [1, 0, 1];
    expect(await look()).toEqual({ token: [own.workspaceId, 1], seen: new Map([[own.workspaceId, ownCounts]]) });
    await owner`insert into memberships (id, workspace_id, user_id, role, created_at)
      values (${randomUUID()}, ${other.workspaceId}, ${own.userId}, 'READER', now())`;
    expect(await look()).toEqual({
      token: [own.workspaceId, 1],
      seen: new Map([
        [own.workspaceId, ownCounts],
        [other.workspaceId, [3, 1, 3]],
      ]),
    });
    await owner`delete from memberships where workspace_id = ${other.workspaceId} and user_id = ${own.userId}`;
    expect((await look()).seen.has(other.workspaceId)).toBe(false);
  });
});

describe('run statistics', () => {
  const at = (text: string) => new Date(`${text}Z`);

  test('run statistics count a run on its day in UTC, from the first millisecond to just before the end', async () => {
    const timestamps = [
      '2026-01-30T23:59:59.999',
      '2026-01-31T00:00:00.000',
      '2026-01-31T23:59:59.999',
      '2026-02-01T00:00:00.000',
    ];
    await own.insert(timestamps.map((timestamp) => madeRun({ createdAt: at(timestamp) })));
    const { days, count } = await statisticsOf(own.client, {
      from: '2026-01-31T00:00:00Z',
      to: '2026-02-01T00:00:00Z',
    });
    expect(days).toEqual([{ day: '2026-01-31', status: 'SUCCEEDED', algorithm: 'LINEAR', count: 2 }]);
    expect(count).toBe(2);
    const all = await statisticsOf(own.client, {
      from: '2026-01-30T23:59:59.999+00:00',
      to: '2026-02-01T00:00:00.001Z',
    });
    expect(all.days.map(({ day, count: runs }) => [day, runs])).toEqual([
      ['2026-01-30', 1],
      ['2026-01-31', 2],
      ['2026-02-01', 1],
    ]);
  });

  test('run statistics default to the last 30 days, or the 30 days before the end', async () => {
    const now = Date.now();
    const daysAgo = (days: number) => madeRun({ createdAt: new Date(now - days * 86_400_000) });
    await own.insert([daysAgo(0.01), daysAgo(29.9), daysAgo(30.1), daysAgo(59.9), daysAgo(60.1)]);
    const { count, from, to } = await statisticsOf(own.client);
    expect(count).toBe(2);
    expect(Date.parse(to) - Date.parse(from)).toBe(30 * 86_400_000);
    expect(Date.parse(to)).toBeGreaterThanOrEqual(now);
    expect((await statisticsOf(own.client, { to: new Date(now - 30 * 86_400_000).toISOString() })).count).toBe(2);
  });

  test.each([
    ['in the wrong order', '2026-02-01T00:00:00.001Z', '2026-02-01T00:00:00Z'],
    ['longer than a leap year', '2026-01-01T00:00:00Z', '2027-01-02T00:00:00.001Z'],
    ['that begins after now', '9999-01-01T00:00:00Z', null],
  ])('run statistics refuse a period %s', async (_, from, to) => {
    const { errors, data } = await own.client.request(STATISTICS, { from, to });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'from' });
    expect(data).toEqual({ viewer: { workspace: { runStatistics: null } } });
  });

  test('run statistics refuse a period whose beginning cannot be represented', async () => {
    const { errors } = await own.client.request(STATISTICS, { from: null, to: '0000-01-02T00:00:00Z' });
    expectError(errors, 'BAD_USER_INPUT', { argument: 'to' });
  });

  test.each([
    ['of a leap year', '2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z'],
    ['of no length', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['of the year 0', '0000-01-01T00:00:00Z', '0000-12-31T00:00:00Z'],
    ['of the last year that can be written', '9999-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'],
  ])('run statistics accept a period %s', async (_, from, to) => {
    expect((await statisticsOf(own.client, { from, to })).count).toBe(0);
  });

  test('run statistics equal those computed from the same rows, without other workspaces', async () => {
    const run = fc
      .record({
        // Three days in steps of four hours, so that several runs share a day, and some lie at its beginning.
        step: fc.nat(17),
        algorithm: fc.constantFrom(...ALGORITHM_NAMES),
        status: fc.constantFrom(...RUN_STATUSES),
        isArchived: fc.boolean(),
      })
      .map(({ step, ...said }) => madeRun({ ...said, createdAt: new Date(Date.UTC(2026, 1, 27, 4 * step)) }));
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 60 }), fc.array(run, { maxLength: 5 }), async (runs, theirs) => {
        await Promise.all([own.clear(), other.clear()]);
        await Promise.all([own.insert(runs), other.insert(theirs)]);
        const period = { from: '2026-02-01T00:00:00Z', to: '2026-03-31T00:00:00Z' };
        const { count, days, byStatus, byAlgorithm } = await statisticsOf(own.client, period);
        expect(count).toBe(runs.length);
        const countOf = (isCounted: (made: MadeRun) => boolean) => runs.filter(isCounted).length;
        expect(byStatus).toEqual(
          RUN_STATUSES.map((status) => ({ status, count: countOf((made) => made.status === status) })),
        );
        expect(byAlgorithm).toEqual(
          ALGORITHM_NAMES.map((algorithm) => ({ algorithm, count: countOf((made) => made.algorithm === algorithm) })),
        );
        const groups = Map.groupBy(
          runs,
          (made) => `${made.createdAt.toISOString().slice(0, 10)} ${made.status} ${made.algorithm}`,
        );
        const expected = [...groups].map(([key, group]) => {
          const [day, status, algorithm] = key.split(' ');
          return { day, status, algorithm, count: group.length };
        });
        expect(days).toHaveLength(expected.length);
        expect(days).toEqual(expect.arrayContaining(expected));
        expect(days.map(({ day }) => day)).toEqual(days.map(({ day }) => day).toSorted());
      }),
      { numRuns: 20 },
    );
  });
});
