/**
 * Claim: in a workspace with a million runs, whatever of them is asked for, metricTrends and metricsSummary of 50 runs take
 * less than 20 ms at p99. Beside it: what usage, statistics and lists cost at that size.
 *
 *   node benchmarks/history-queries.ts [--runs 1000000] [--rounds 300]
 *
 * On a PostgreSQL of its own, seeded by support/history-seed.ts; another fifth of the runs are other workspaces'. Times are of
 * the statement, as the app role in the app's own transaction: from its being sent to its rows being there. The one
 * connection has prepared it; the first rounds, which plan it, count too.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import connect from 'postgres';
import {
  type HistoryQuery,
  listNewestSuccesses,
  summarizeNewestSuccesses,
} from '../src/metrics/history/history.store.ts';
import { countRunsByDay, readUsage } from '../src/metrics/usage/usage.store.ts';
import { type Database, openDatabase, type Transaction } from '../src/platform/postgres/database.ts';
import { countRuns, listRuns } from '../src/training/runs/training-run-list.store.ts';
import type { TrainingRunQuery } from '../src/training/runs/training-run-query.ts';
import { startDatabase } from './support/database.ts';
import { LARGE_NAME, MIDDLING_NAME, RARE_NAME, seedHistory, WORKSPACE_ID } from './support/history-seed.ts';
import { latencyText, quantile } from './support/quantile.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '300' } },
});
const [runs, rounds] = [Number(values.runs), Number(values.rounds)];

const BAR = 20;
/** What takes seconds is not asked for hundreds of times. */
const SLOW_ROUNDS = 30;
const DAY = 86_400_000;
const PAGE = 20;

const SHAPES: readonly [string, Partial<HistoryQuery>][] = [
  ['all', {}],
  ['task', { task: 'REGRESSION' }],
  ['name, 3 of 10 runs', { datasetName: LARGE_NAME }],
  ['name, 2 of 1,000', { datasetName: MIDDLING_NAME }],
  ['name, 3 runs', { datasetName: RARE_NAME }],
  ['name, unknown', { datasetName: 'unknown' }],
  ['algorithm', { algorithm: 'LINEAR' }],
  ['pair, the oldest runs', { task: 'REGRESSION', algorithm: 'RANDOM_FOREST' }],
  ['name of the other task', { datasetName: LARGE_NAME, task: 'REGRESSION' }],
  ['name and algorithm', { datasetName: MIDDLING_NAME, algorithm: 'BASELINE' }],
  ['all three', { datasetName: LARGE_NAME, task: 'CLASSIFICATION', algorithm: 'GRADIENT_BOOSTING' }],
];

const LISTS: readonly [string, Partial<TrainingRunQuery>][] = [
  ['all', {}],
  ['statuses, running', { statuses: ['RUNNING'] }],
  ['statuses, failed', { statuses: ['FAILED'] }],
  ['task', { task: 'REGRESSION' }],
  ['algorithm', { algorithm: 'LINEAR' }],
  ['name, 3 of 10 runs', { datasetName: LARGE_NAME }],
  ['name, 2 of 1,000', { datasetName: MIDDLING_NAME }],
  ['name, 3 runs', { datasetName: RARE_NAME }],
  ['name, unknown', { datasetName: 'unknown' }],
  ['pair, the oldest runs', { task: 'REGRESSION', algorithm: 'RANDOM_FOREST' }],
  ['failed of that pair', { task: 'REGRESSION', algorithm: 'RANDOM_FOREST', statuses: ['FAILED'] }],
];

const EVERY_RUN: TrainingRunQuery = {
  statuses: null,
  datasetId: null,
  datasetName: null,
  task: null,
  algorithm: null,
  target: null,
  tag: null,
  archived: 'EXCLUDE',
};

/** Asks so many times; gives the milliseconds of each. */
async function ask(database: Database, times: number, query: (tx: Transaction) => Promise<unknown>): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let n = 0; n < times; n++) {
    await database.transaction({ workspaceId: WORKSPACE_ID }, async (tx) => {
      const startedAt = performance.now();
      await query(tx);
      milliseconds.push(performance.now() - startedAt);
    });
  }
  return milliseconds;
}

function report(what: string, milliseconds: readonly number[]): void {
  console.log(`  ${what.padEnd(40)} ${latencyText(milliseconds)}`);
}

function reportLoad(): void {
  console.log(`load of the machine: ${loadavg()[0]?.toFixed(1)}\n`);
}

/** Gives the worst p99. */
async function measureHistory(database: Database, limit: number): Promise<number> {
  let worst = 0;
  for (const [name, read] of [
    ['metricTrends', listNewestSuccesses],
    ['metricsSummary', summarizeNewestSuccesses],
  ] as const) {
    console.log(`${name}, limit ${limit}`);
    for (const [shape, filter] of SHAPES) {
      const query = { task: null, datasetName: null, algorithm: null, ...filter };
      const milliseconds = await ask(database, rounds, (tx) => read(tx, query, limit));
      report(shape, milliseconds);
      worst = Math.max(worst, quantile(milliseconds, 0.99));
    }
  }
  return worst;
}

async function measureUsage(database: Database): Promise<void> {
  console.log('usage and runStatistics');
  report('usage', await ask(database, SLOW_ROUNDS, readUsage));
  const to = new Date();
  for (const days of [30, 366]) {
    const period = { from: new Date(to.getTime() - days * DAY), to };
    report(`runStatistics of ${days} days`, await ask(database, SLOW_ROUNDS, (tx) => countRunsByDay(tx, period)));
  }
}

/** The first page, one in the middle of the year, and the count of all pages. */
async function measureLists(database: Database): Promise<void> {
  console.log(`trainingRuns, pages of ${PAGE}`);
  const middle = { createdAt: new Date(Date.now() - 180 * DAY), id: WORKSPACE_ID, score: 0 };
  for (const [shape, filter] of LISTS) {
    const query = { ...EVERY_RUN, ...filter };
    for (const [page, after] of [
      ['first', null],
      ['deep', middle],
    ] as const) {
      report(
        `${shape}: ${page} page`,
        await ask(database, SLOW_ROUNDS, (tx) => listRuns(tx, query, 'NEWEST', { first: PAGE, after })),
      );
    }
    report(`${shape}: totalCount`, await ask(database, SLOW_ROUNDS, (tx) => countRuns(tx, query)));
  }
}

const server = await startDatabase();
const owner = connect(server.access.ownerUrl, { max: 1, onnotice: () => undefined });
try {
  const startedAt = performance.now();
  await seedHistory(owner, { runs, otherRuns: runs / 5 });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`${runs.toLocaleString('en')} runs, and a fifth as many of others, seeded in ${seconds} s`);
  const database = openDatabase(server.access, 1);
  try {
    reportLoad();
    const worst = await measureHistory(database, 50);
    console.log(`p99 under ${BAR} ms at limit 50: ${worst < BAR ? 'yes' : 'NO'} (worst ${worst.toFixed(1)} ms)`);
    reportLoad();
    await measureHistory(database, 1_000);
    await measureUsage(database);
    await measureLists(database);
    reportLoad();
  } finally {
    await database.close();
  }
} finally {
  await owner.end();
  await server.stop();
}
