import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { CurvePoint } from '../../ml/train-model.ts';
import { byOrdinal, limitOf, REQUESTED_ORDINAL, requestedRows } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, type Transaction, workspaceOf } from '../../platform/postgres/database.ts';
import type { StoredRun, TrainingEventRow } from './training-run.store.ts';
import { trainingEvents, trainingRuns } from './training-run.table.ts';

/** The first `limit` of something that a run has many of. */
export interface FirstQuestion {
  readonly runId: string;
  readonly limit: number;
}

/** The first events of a run after a number. */
export interface EventsQuestion {
  readonly runId: string;
  readonly afterSeq: number;
  readonly first: number;
}

/** The curve of a run after an iteration, in few points. */
export interface CurveQuestion {
  readonly runId: string;
  readonly afterIteration: number;
  /** 2 or more. */
  readonly maxPoints: number;
}

/** A point of the curve that is asked for at a place. */
type PlacedPoint = { readonly place: number } & { readonly [Name in keyof CurvePoint]: CurvePoint[Name] };

/** Of each of these runs its first features. */
export async function listFeatures(
  tx: Transaction,
  questions: readonly FirstQuestion[],
): Promise<StoredRun['features'][]> {
  return await listFirst<string>(tx, 'features', questions);
}

/** Of each of these runs its first importances, which are the largest. */
export async function listImportances(
  tx: Transaction,
  questions: readonly FirstQuestion[],
): Promise<StoredRun['featureImportances'][]> {
  return await listFirst<StoredRun['featureImportances'][number]>(tx, 'featureImportances', questions);
}

/** The features that not all of several runs have: how many, and the first of them. */
export interface FeatureDifferences {
  readonly count: number;
  readonly names: readonly string[];
}

/**
 * Compares the features of runs, in their order. In the database: of 20 runs with 100,000 features each two million names
 * would have to be read, and compared, to tell a few of them.
 */
export async function compareFeatures(
  tx: Transaction,
  runIds: readonly string[],
  maxNames: number,
): Promise<FeatureDifferences> {
  const wanted = requestedRows(
    runIds.map((id) => ({ run_id: id })),
    'run_id uuid',
  );
  const rows = await tx.execute<{ name: string; count: number }>(sql`
    select name, count(*) over ()::integer as count
    from (
      select feature.name, min(array[wanted.place, feature.at]) as first
      from ${wanted}
        join training_runs run on run.workspace_id = ${workspaceOf(tx)} and run.id = wanted.run_id
      cross join lateral jsonb_array_elements_text(run.features) with ordinality feature (name, at)
      group by feature.name having count(distinct wanted.place) < ${runIds.length}::integer
    ) feature
    order by first limit ${maxNames}::integer`);
  return { count: rows[0]?.count ?? 0, names: rows.map(({ name }) => name) };
}

async function listFirst<Item>(
  tx: Transaction,
  part: 'features' | 'featureImportances',
  questions: readonly FirstQuestion[],
): Promise<(readonly Item[])[]> {
  const wanted = questions.map(({ runId, limit }) => ({ run_id: runId, limit }));
  // Up to 0 of an array is its first item: none at all is asked for otherwise.
  const items = sql<readonly Item[]>`case when wanted."limit" = 0 then '[]'::jsonb else jsonb_path_query_array(
    ${trainingRuns[part]}, '$[0 to $last]', jsonb_build_object('last', wanted."limit" - 1)) end`;
  const rows = await tx
    .select({ place: REQUESTED_ORDINAL, items })
    .from(requestedRows(wanted, 'run_id uuid, "limit" integer'))
    .innerJoin(trainingRuns, and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.id, sql`wanted.run_id`)));
  return byOrdinal(rows, questions).map(([row]) => row?.items ?? []);
}

/** Of each of these runs its events after a number, in order. */
export async function listEvents(tx: Transaction, questions: readonly EventsQuestion[]): Promise<TrainingEventRow[][]> {
  const wanted = questions.map(({ runId, afterSeq, first }) => ({ run_id: runId, after_seq: afterSeq, first }));
  const event = tx
    .select()
    .from(trainingEvents)
    .where(
      and(
        ofWorkspace(tx, trainingEvents),
        eq(trainingEvents.runId, sql`wanted.run_id`),
        gt(trainingEvents.seq, sql`wanted.after_seq`),
      ),
    )
    .orderBy(asc(trainingEvents.seq))
    .limit(limitOf(sql`wanted.first`))
    .as('event');
  const rows = await tx
    .select({ ...event._.selectedFields, place: REQUESTED_ORDINAL })
    .from(requestedRows(wanted, 'run_id uuid, after_seq integer, first integer'))
    .innerJoinLateral(event, sql`true`)
    .orderBy(REQUESTED_ORDINAL, asc(event.seq));
  return byOrdinal(rows, questions);
}

/**
 * Of each of these runs its curve, by iteration: that of its model once it has SUCCEEDED, until then (and if it never does)
 * the points that its events bear, of each iteration the one written last. Of more than `maxPoints` an even choice of so
 * many, with both ends, and beside them the best, so that it may be one more. A run's points are looked at once, however
 * many questions there are about them; only those that are chosen leave the database.
 */
export async function listCurves(tx: Transaction, questions: readonly CurveQuestion[]): Promise<CurvePoint[][]> {
  const asked = questions.map(({ runId, afterIteration, maxPoints }, question) => ({
    run_id: runId,
    question,
    after_iteration: afterIteration,
    max_points: maxPoints,
  }));
  const wanted = [...Map.groupBy(asked, ({ run_id }) => run_id)].map(([run_id, about]) => ({ run_id, about }));
  const rows = await tx.execute<PlacedPoint>(sql`
    select chosen.*
    from ${requestedRows(wanted, 'run_id uuid, about json')}
    cross join lateral (${chosenPoints(workspaceOf(tx))}) chosen
    order by chosen.place, chosen.iteration`);
  return byOrdinal([...rows], questions).map((points) => points.map(({ place: _place, ...point }) => point));
}

/** All points of a wanted run's curve, with what each is judged by: the loss on rows that were not fitted on, where there is one. */
const pointsOf = (workspaceId: string): SQL => sql`
  select distinct on (point.iteration) point.iteration, point."trainLoss", point."validationLoss",
    coalesce(point."validationLoss", point."trainLoss", 'Infinity') as loss
  from (
    select event.seq, (event.point ->> 'iteration')::integer as iteration,
      (event.point ->> 'trainLoss')::float8 as "trainLoss", (event.point ->> 'validationLoss')::float8 as "validationLoss"
    from training_runs run
    join training_events event on event.workspace_id = run.workspace_id and event.run_id = run.id
    where run.workspace_id = ${workspaceId} and run.id = wanted.run_id and run.status <> 'SUCCEEDED' and event.point is not null
    union all
    select 0, item.*
    from training_runs run
    cross join jsonb_to_recordset(run.curve) as item (iteration integer, "trainLoss" float8, "validationLoss" float8)
    where run.workspace_id = ${workspaceId} and run.id = wanted.run_id and run.status = 'SUCCEEDED'
  ) point
  order by point.iteration, point.seq desc`;

/**
 * What all questions about a wanted run choose of its points. `places` are counted from 1; `best_since` is the place of the best
 * of a point and those after it. A question begins behind the points up to its iteration, which are found by bisection; from
 * there, even steps of last / (max_points - 1) choose the point where they pass one of their marks.
 */
const chosenPoints = (workspaceId: string): SQL => sql`
  with points as materialized (
    select point.*, row_number() over (order by point.iteration) as place,
      (min(array[point.loss, point.iteration]) over (order by point.iteration desc))[2]::integer as best_since
    from (${pointsOf(workspaceId)}) point
  ),
  run as materialized (select coalesce(array_agg(iteration order by iteration), '{}') as iterations from points),
  questions as materialized (
    select question, max_points::bigint, width_bucket(after_iteration, iterations) + 1 as first,
      cardinality(iterations) - width_bucket(after_iteration, iterations) - 1 as last
    from run, json_to_recordset(wanted.about) as about (question integer, after_iteration integer, max_points integer)
  ),
  choices as (
    select question, first + case when last < max_points then mark
      else (mark * last + max_points - 2) / (max_points - 1) end as place
    from questions cross join lateral generate_series(0, least(last, max_points - 1)) mark
    union
    select question, best.place
    from questions join points since on since.place = first join points best on best.iteration = since.best_since
  )
  select question as place, points.iteration, points."trainLoss", points."validationLoss"
  from choices join points using (place)`;
