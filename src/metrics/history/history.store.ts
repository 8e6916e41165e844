import { and, eq, type SQL, sql } from 'drizzle-orm';
import { METRIC_FIELDS } from '../../ml/evaluation/metric-fields.ts';
import type { Metrics } from '../../ml/evaluation/metrics.ts';
import { ALGORITHM_NAMES, type AlgorithmName } from '../../ml/registry.ts';
import { TASKS, type Task } from '../../ml/task.ts';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';
import { newerFirst } from '../../platform/postgres/keyset.ts';
import { trainingRuns } from '../../training/runs/training-run.table.ts';
import type { SummaryField } from './summary-fields.ts';

/** A filter of runs; null: all. The name is exact. */
export interface HistoryQuery {
  readonly task: Task | null;
  readonly datasetName: string | null;
  readonly algorithm: AlgorithmName | null;
}

/** A successful run, as a point of a trend. */
export interface HistoryPoint {
  readonly runId: string;
  readonly createdAt: Date;
  readonly datasetName: string;
  readonly datasetVersion: number;
  readonly algorithm: AlgorithmName;
  readonly metrics: Metrics;
  readonly durationSeconds: number | null;
}

/** Statistics of one metric over the runs that have it, at least one. */
export interface MetricStatistics {
  readonly count: number;
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
  /** Quartiles are linearly interpolated. */
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  /** The value of the newest run that has it. */
  readonly latest: number;
}

export interface HistorySummary {
  readonly count: number;
  readonly classificationCount: number;
  readonly regressionCount: number;
  readonly statistics: { readonly [Name in SummaryField]?: MetricStatistics };
  /** The runs of the statistics, newest first. */
  readonly points: readonly HistoryPoint[];
}

/** A point as the database returns it: as a row, or as JSON within one. */
type PointRow = Record<string, unknown> & {
  readonly id: string;
  readonly created_at: string;
  readonly dataset_name: string;
  readonly dataset_version: number;
  readonly algorithm: AlgorithmName;
  readonly metrics: Metrics;
  readonly duration: number | null;
};

type SummaryRow = Record<string, unknown> & Omit<HistorySummary, 'points'> & { readonly points: readonly PointRow[] };

/** The newest successful runs that are not archived, newest first. */
export async function listNewestSuccesses(
  tx: Transaction,
  query: HistoryQuery,
  limit: number,
): Promise<HistoryPoint[]> {
  return (await tx.execute<PointRow>(newestSuccesses(tx, query, limit))).map(toPoint);
}

/**
 * The same runs and their statistics, in one statement, so that both see the same snapshot. A run only counts for the metrics
 * of its task. Rounding may not move the mean out of the range of the values.
 */
export async function summarizeNewestSuccesses(
  tx: Transaction,
  query: HistoryQuery,
  limit: number,
): Promise<HistorySummary> {
  const [row] = await tx.execute<SummaryRow>(sql`
    with newest as (${newestSuccesses(tx, query, limit)}),
    field as (
      select field.*, created_at, id, count(*) over (partition by name) as total
      from newest
      cross join lateral jsonb_to_record(metrics) as metric (${METRIC_COLUMNS})
      cross join lateral (values ${METRIC_VALUES}, (newest.task, 'durationSeconds', duration)) as field (task, name, value)
      where field.task = newest.task and value is not null
    ),
    statistic as (
      select name, count(*) as count, greatest(min(value), least(max(value), ${MEAN})) as mean,
        min(value) as lowest, max(value) as highest,
        percentile_cont(0.25) within group (order by value) as p25,
        percentile_cont(0.5) within group (order by value) as median,
        percentile_cont(0.75) within group (order by value) as p75,
        (array_agg(value order by created_at desc, id desc))[1] as latest
      from field group by name
    )
    select count(*)::integer as count,
      (count(*) filter (where task = 'CLASSIFICATION'))::integer as "classificationCount",
      (count(*) filter (where task = 'REGRESSION'))::integer as "regressionCount",
      coalesce((select jsonb_object_agg(name, to_jsonb(statistic) - 'name') from statistic), '{}') as statistics,
      coalesce(json_agg(newest order by created_at desc, id desc), '[]') as points
    from newest`);
  if (row === undefined) throw new Error('A count without a group gave no row.');
  return { ...row, points: row.points.map(toPoint) };
}

const METRIC_COLUMNS = sql.raw(METRIC_FIELDS.map(({ field }) => `"${field}" float8`).join(', '));
const METRIC_VALUES = sql.raw(
  METRIC_FIELDS.map(({ field, task }) => `('${task}', '${field}', metric."${field}")`).join(', '),
);

/**
 * For huge values, the sum of squares that avg keeps overflows, and PostgreSQL raises an error: there the shares are added
 * up, without values that are negligible and whose shares might underflow.
 */
const MEAN = sql`case when greatest(max(value), -min(value)) < 1e100
  then avg(value) filter (where abs(value) < 1e100) else sum(value / total) filter (where abs(value) >= 1) end`;

/**
 * As written in the partial indexes of the history: with parameters instead of these literals, PostgreSQL could not use them. An import
 * without a dataset has succeeded without metrics.
 */
const IS_IN_HISTORY = sql`${trainingRuns.status} = 'SUCCEEDED' and ${trainingRuns.archivedAt} is null and ${trainingRuns.metrics} is not null`;

/**
 * Limits of the runs read per task and algorithm: the first one that suffices. The number is a literal in the statement: with
 * a parameter, the planner assumes a tenth of all runs and plans anew each time, which takes ten times as long as the query.
 */
const REACHES = [50, 200, 1_000];

/**
 * The newest runs of each task and algorithm, each read in order from an index, merged: this reads only the requested number
 * and one more per pair, however many runs there are and however rare the requested ones are.
 */
function newestSuccesses(tx: Transaction, query: HistoryQuery, limit: number): SQL {
  const { id, createdAt, datasetName, datasetVersion, task, algorithm, metrics, startedAt, finishedAt } = trainingRuns;
  const order = sql.join(newerFirst(trainingRuns), sql`, `);
  const reach = sql.raw(String(REACHES.find((rows) => rows >= limit) ?? limit));
  const isOfName = query.datasetName === null ? undefined : eq(datasetName, query.datasetName);
  const newestOfPairs = pairsOf(query).map(
    (pair) => sql`(
      select ${id}, ${createdAt}, ${datasetName}, ${datasetVersion}, ${task}, ${algorithm}, ${metrics},
        extract(epoch from ${finishedAt} - ${startedAt})::float8 as duration
      from ${trainingRuns}
      where ${and(ofWorkspace(tx, trainingRuns), IS_IN_HISTORY, isOfName, eq(task, pair.task), eq(algorithm, pair.algorithm))}
      order by ${order} limit ${reach})`,
  );
  return sql`select * from (${sql.join(newestOfPairs, sql` union all `)}) as training_runs order by ${order} limit ${limit}`;
}

interface Pair {
  readonly task: Task;
  readonly algorithm: AlgorithmName;
}

function pairsOf({ task, algorithm }: HistoryQuery): Pair[] {
  const algorithms = algorithm === null ? ALGORITHM_NAMES : [algorithm];
  return (task === null ? TASKS : [task]).flatMap((one) =>
    algorithms.map((other) => ({ task: one, algorithm: other })),
  );
}

function toPoint(row: PointRow): HistoryPoint {
  return {
    runId: row.id,
    createdAt: new Date(row.created_at),
    datasetName: row.dataset_name,
    datasetVersion: row.dataset_version,
    algorithm: row.algorithm,
    metrics: row.metrics,
    durationSeconds: row.duration,
  };
}
