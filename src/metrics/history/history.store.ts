import { and, eq, type SQL, sql } from 'drizzle-orm';
import { METRIC_FIELDS } from '../../ml/evaluation/metric-fields.ts';
import type { Metrics } from '../../ml/evaluation/metrics.ts';
import { ALGORITHM_NAMES, type AlgorithmName } from '../../ml/registry.ts';
import { TASKS, type Task } from '../../ml/task.ts';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';
import { newerFirst } from '../../platform/postgres/keyset.ts';
import { trainingRuns } from '../../training/runs/training-run.table.ts';
import type { SummaryField } from './summary-fields.ts';

/** Which runs are asked for; null: all. The name is the exact one. */
export interface HistoryQuery {
  readonly task: Task | null;
  readonly datasetName: string | null;
  readonly algorithm: AlgorithmName | null;
}

/** A run that succeeded, as a point of a trend. */
export interface HistoryPoint {
  readonly runId: string;
  readonly createdAt: Date;
  readonly datasetName: string;
  readonly datasetVersion: number;
  readonly algorithm: AlgorithmName;
  readonly metrics: Metrics;
  readonly durationSeconds: number | null;
}

/** One figure of several runs: of those that have it, of which there is at least one. */
export interface MetricStatistics {
  readonly count: number;
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
  /** Between two values the quartiles lie on the straight line from one to the other. */
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  /** Of the newest run that has it. */
  readonly latest: number;
}

export interface HistorySummary {
  readonly count: number;
  readonly classificationCount: number;
  readonly regressionCount: number;
  readonly statistics: { readonly [Name in SummaryField]?: MetricStatistics };
  /** The runs that the statistics are of, newest first. */
  readonly points: readonly HistoryPoint[];
}

/** A point as the database gives it: as a row, or as JSON within one. */
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

/** The newest runs that succeeded and are not archived, newest first. */
export async function listNewestSuccesses(
  tx: Transaction,
  query: HistoryQuery,
  limit: number,
): Promise<HistoryPoint[]> {
  return (await tx.execute<PointRow>(newestSuccesses(tx, query, limit))).map(toPoint);
}

/**
 * The same runs and what can be said of them together, in one statement: two would see the table at two moments. A run's
 * metrics are looked at for those of its own task only. Rounding may not take the mean out of the values.
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
 * Of huge values the sum of squares that avg keeps is no finite number, and PostgreSQL refuses it: there the shares are added
 * up, without the values that are nothing beside them, whose shares might be too small for it in turn.
 */
const MEAN = sql`case when greatest(max(value), -min(value)) < 1e100
  then avg(value) filter (where abs(value) < 1e100) else sum(value / total) filter (where abs(value) >= 1) end`;

/** As the indexes of the history have it: with parameters in place of these words they would not serve. */
const IS_IN_HISTORY = sql`${trainingRuns.status} = 'SUCCEEDED' and ${trainingRuns.archivedAt} is null`;

/**
 * How many runs of a pair are looked at, at most: the first of these that reaches. Their number stands in the statement
 * itself. With a parameter there, the planner takes it for a tenth of all runs and plans anew each time, at the known
 * number: that takes ten times as long as the reading.
 */
const REACHES = [50, 200, 1_000];

/**
 * The newest of the runs of each task and algorithm that are asked for, which lie in order in an index, merged: that reads as
 * many runs as are wanted and one more of each pair, however many there are and however rare the wanted ones are.
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
