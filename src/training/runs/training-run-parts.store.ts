import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { CurvePoint } from '../../ml/train-model.ts';
import { byOrdinal, REQUESTED_ORDINAL, requestedRows } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, type Transaction, workspaceOf } from '../../platform/postgres/database.ts';
import type { StoredRun } from './training-run.store.ts';
import { trainingRuns } from './training-run.table.ts';

/** The first `limit` items of a list of a run. */
export interface FirstItemsRequest {
  readonly runId: string;
  readonly limit: number;
}

/** The curve of a run after an iteration, downsampled. */
export interface CurveRequest {
  readonly runId: string;
  readonly afterIteration: number;
  /** 2 or more. */
  readonly maxPoints: number;
}

/** A point of a curve, with the ordinal of the request. */
type OrdinalPoint = { readonly ordinal: number } & { readonly [Name in keyof CurvePoint]: CurvePoint[Name] };

/** The first features of each of these runs. */
export async function listFeatures(
  tx: Transaction,
  requests: readonly FirstItemsRequest[],
): Promise<StoredRun['features'][]> {
  return await listFirst<string>(tx, 'features', requests);
}

/** The first, which are the largest, importances of each of these runs. */
export async function listImportances(
  tx: Transaction,
  requests: readonly FirstItemsRequest[],
): Promise<StoredRun['featureImportances'][]> {
  return await listFirst<StoredRun['featureImportances'][number]>(tx, 'featureImportances', requests);
}

/** The features that not all of several runs use: their number, and the first names. */
export interface FeatureDifferences {
  readonly count: number;
  readonly names: readonly string[];
}

/**
 * Compares the features of runs, in their order. Done in the database: for 20 runs with 100,000 features each, two million
 * names would have to be read to find a few differences.
 */
export async function compareFeatures(
  tx: Transaction,
  runIds: readonly string[],
  maxNames: number,
): Promise<FeatureDifferences> {
  const requested = requestedRows(
    runIds.map((id) => ({ run_id: id })),
    'run_id uuid',
  );
  const rows = await tx.execute<{ name: string; count: number }>(sql`
    select name, count(*) over ()::integer as count
    from (
      select feature.name, min(array[requested.ordinal, feature.at]) as first
      from ${requested}
        join training_runs run on run.workspace_id = ${workspaceOf(tx)} and run.deleted_at is null and run.id = requested.run_id
      cross join lateral jsonb_array_elements_text(run.features) with ordinality feature (name, at)
      group by feature.name having count(distinct requested.ordinal) < ${runIds.length}::integer
    ) feature
    order by first limit ${maxNames}::integer`);
  return { count: rows[0]?.count ?? 0, names: rows.map(({ name }) => name) };
}

async function listFirst<Item>(
  tx: Transaction,
  part: 'features' | 'featureImportances',
  requests: readonly FirstItemsRequest[],
): Promise<(readonly Item[])[]> {
  const requested = requests.map(({ runId, limit }) => ({ run_id: runId, limit }));
  // '$[0 to 0]' still is one item, so a limit of 0 is a case of its own.
  const items = sql<readonly Item[]>`case when requested."limit" = 0 then '[]'::jsonb else jsonb_path_query_array(
    ${trainingRuns[part]}, '$[0 to $last]', jsonb_build_object('last', requested."limit" - 1)) end`;
  const rows = await tx
    .select({ ordinal: REQUESTED_ORDINAL, items })
    .from(requestedRows(requested, 'run_id uuid, "limit" integer'))
    .innerJoin(trainingRuns, and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.id, sql`requested.run_id`)));
  return byOrdinal(rows, requests).map(([row]) => row?.items ?? []);
}

/**
 * The curve of each of these runs, by iteration: that of its model once it has SUCCEEDED, before that (and if it never
 * succeeds) the points of its events, the last one for each iteration. Of more than `maxPoints` an even sample with both ends,
 * plus the best point, so there may be one more. The points of a run are read once for all requests, and only the selected
 * ones leave the database.
 */
export async function listCurves(tx: Transaction, requests: readonly CurveRequest[]): Promise<CurvePoint[][]> {
  const asked = requests.map(({ runId, afterIteration, maxPoints }, request) => ({
    run_id: runId,
    request,
    after_iteration: afterIteration,
    max_points: maxPoints,
  }));
  const requested = [...Map.groupBy(asked, ({ run_id }) => run_id)].map(([run_id, about]) => ({ run_id, about }));
  const rows = await tx.execute<OrdinalPoint>(sql`
    select chosen.*
    from ${requestedRows(requested, 'run_id uuid, about json')}
    cross join lateral (${selectedPoints(workspaceOf(tx))}) chosen
    order by chosen.ordinal, chosen.iteration`);
  return byOrdinal([...rows], requests).map((points) => points.map(({ ordinal: _ordinal, ...point }) => point));
}

/** All points of the curve of a requested run, with the loss by which they are compared: the validation loss if there is one. */
const pointsOf = (workspaceId: string): SQL => sql`
  select distinct on (point.iteration) point.iteration, point.seconds, point."trainLoss", point."validationLoss",
    coalesce(point."validationLoss", point."trainLoss", 'Infinity') as loss
  from (
    select event.seq, (event.point ->> 'iteration')::integer as iteration, (event.point ->> 'seconds')::float8 as seconds,
      (event.point ->> 'trainLoss')::float8 as "trainLoss", (event.point ->> 'validationLoss')::float8 as "validationLoss"
    from training_runs run
    join training_events event on event.workspace_id = run.workspace_id and event.run_id = run.id
    where run.workspace_id = ${workspaceId} and run.deleted_at is null and run.id = requested.run_id
      and run.status <> 'SUCCEEDED' and event.point is not null
    union all
    select 0, item.*
    from training_runs run
    cross join jsonb_to_recordset(run.curve) as item (iteration integer, seconds float8, "trainLoss" float8, "validationLoss" float8)
    where run.workspace_id = ${workspaceId} and run.deleted_at is null and run.id = requested.run_id
      and run.status = 'SUCCEEDED'
  ) point
  order by point.iteration, point.seq desc`;

/**
 * The points that all requests for a run (`about`) select of its curve. Points are numbered from 1 (`ordinal`); `best_since`
 * is the iteration of the best among a point and those after it. A request begins after the points up to its iteration, which
 * `width_bucket` counts by bisection: at the ordinal `first`, with `last` more points after it. If they are too many, mark m
 * of 0 to max_points - 1 selects the point m * last / (max_points - 1) after the first, rounded up.
 */
const selectedPoints = (workspaceId: string): SQL => sql`
  with points as materialized (
    select point.*, row_number() over (order by point.iteration) as ordinal,
      (min(array[point.loss, point.iteration]) over (order by point.iteration desc))[2]::integer as best_since
    from (${pointsOf(workspaceId)}) point
  ),
  run as materialized (select coalesce(array_agg(iteration order by iteration), '{}') as iterations from points),
  requests as materialized (
    select request, max_points::bigint, width_bucket(after_iteration, iterations) + 1 as first,
      cardinality(iterations) - width_bucket(after_iteration, iterations) - 1 as last
    from run, json_to_recordset(requested.about) as about (request integer, after_iteration integer, max_points integer)
  ),
  choices as (
    select request, first + case when last < max_points then mark
      else (mark * last + max_points - 2) / (max_points - 1) end as ordinal
    from requests cross join lateral generate_series(0, least(last, max_points - 1)) mark
    union
    select request, best.ordinal
    from requests join points since on since.ordinal = first join points best on best.iteration = since.best_since
  )
  select request as ordinal, points.iteration, points.seconds, points."trainLoss", points."validationLoss"
  from choices join points using (ordinal)`;
