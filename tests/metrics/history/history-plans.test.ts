import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type HistoryQuery,
  listNewestSuccesses,
  summarizeNewestSuccesses,
} from '../../../src/metrics/history/history.store.ts';
import { ALGORITHM_NAMES } from '../../../src/ml/registry.ts';
import { TASKS } from '../../../src/ml/task.ts';
import { openDatabase, type Transaction } from '../../../src/platform/postgres/database.ts';
import { listRuns } from '../../../src/training/runs/training-run-list.store.ts';
import type { TrainingRunQuery } from '../../../src/training/runs/training-run-query.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

const WORKSPACE_ID = '00000000-0000-4000-8000-000000000000';

let testDatabase: TestDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});

afterAll(() => testDatabase.drop());

const SETTINGS = ['enable_seqscan', 'enable_bitmapscan', 'enable_sort', 'enable_hashjoin', 'enable_mergejoin'];

/**
 * How the app role's statement is carried out where rows are many: as if reading a whole table, gathering rows by an index
 * and sorting them were dear. What no index gives in order is sorted all the same, and shows.
 */
async function planOf(query: (tx: Transaction) => Promise<unknown>): Promise<string> {
  // A connection of its own, on which the statement is the only one of runs.
  const database = endsWithTest(openDatabase(testDatabase.access, 1));
  const plan = await database.transaction({ workspaceId: WORKSPACE_ID }, async (tx) => {
    for (const setting of SETTINGS) await tx.execute(sql.raw(`set local ${setting} = off`));
    await query(tx);
    const [prepared] = await tx.execute<{ statement: string }>(
      sql`select statement from pg_prepared_statements where statement like '%training_runs%'`,
    );
    return await tx.execute<{ line: string }>(sql.raw(`explain (generic_plan, costs off) ${prepared?.statement}`));
  });
  return plan.flatMap((row) => Object.values(row)).join('\n');
}

const SORTS = /^\s*(->\s+)?(Incremental )?Sort$/m;

const QUERIES: HistoryQuery[] = [null, 'flowers'].flatMap((datasetName) =>
  [null, ...TASKS].flatMap((task) => [null, ...ALGORITHM_NAMES].map((algorithm) => ({ datasetName, task, algorithm }))),
);

test.each(QUERIES)('the history of $datasetName, $task, $algorithm is read in order from an index', async (query) => {
  const plan = await planOf((tx) => listNewestSuccesses(tx, query, 50));
  const index = query.datasetName === null ? 'training_runs_history' : 'training_runs_history_by_name';
  const pairs = (query.task === null ? TASKS.length : 1) * (query.algorithm === null ? ALGORITHM_NAMES.length : 1);
  expect(plan.match(new RegExp(`Index Scan using ${index} on`, 'g'))).toHaveLength(pairs);
  expect(plan).not.toMatch(SORTS);
  // That the two walls speak of one workspace is looked at once for all rows.
  expect(plan.replaceAll('One-Time Filter:', '')).not.toContain('Filter:');
});

test('a summary reads its runs from the same indexes', async () => {
  const all = { datasetName: null, task: null, algorithm: null };
  const plan = await planOf((tx) => summarizeNewestSuccesses(tx, all, 50));
  expect(plan.match(/Index Scan using training_runs_history on/g)).toHaveLength(ALGORITHM_NAMES.length * TASKS.length);
});

test('a list of runs reads only an index until it knows which rows to show', async () => {
  const everyRun = { statuses: null, datasetId: null, datasetName: null, task: null, algorithm: null };
  const all: TrainingRunQuery = { ...everyRun, target: null, tag: null, archived: 'EXCLUDE' };
  for (const filter of [{}, { datasetName: 'flowers' }, { statuses: ['FAILED'] as const }, { task: TASKS[0] }]) {
    for (const after of [null, { createdAt: new Date(), id: WORKSPACE_ID, score: 0.5 }]) {
      const page = { first: 20, after };
      const newest = await planOf((tx) => listRuns(tx, { ...all, ...filter }, 'NEWEST', page));
      expect(newest).toContain('Index Only Scan using training_runs_listed');
      const best = await planOf((tx) => listRuns(tx, { ...all, ...filter }, 'BEST', page));
      expect(best).toContain('Index Only Scan using training_runs_best');
    }
  }
});
