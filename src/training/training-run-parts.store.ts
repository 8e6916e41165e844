import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { CurvePoint } from '../ml/train-model.ts';
import type { Transaction } from '../platform/database.ts';
import { byPlace, limitOf, WANTED_PLACE, wantedTable } from '../platform/questions.ts';
import type { TrainingEventRow, TrainingRunRow } from './training-run.store.ts';
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
): Promise<TrainingRunRow['features'][]> {
  return await listFirst<string>(tx, 'features', questions);
}

/** Of each of these runs its first importances, which are the largest. */
export async function listImportances(
  tx: Transaction,
  questions: readonly FirstQuestion[],
): Promise<TrainingRunRow['featureImportances'][]> {
  return await listFirst<TrainingRunRow['featureImportances'][number]>(tx, 'featureImportances', questions);
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
    .select({ place: WANTED_PLACE, items })
    .from(wantedTable(wanted, 'run_id uuid, "limit" integer'))
    .innerJoin(trainingRuns, eq(trainingRuns.id, sql`wanted.run_id`));
  return byPlace(rows, questions).map(([row]) => row?.items ?? []);
}

/** Of each of these runs its events after a number, in order. */
export async function listEvents(tx: Transaction, questions: readonly EventsQuestion[]): Promise<TrainingEventRow[][]> {
  const wanted = questions.map(({ runId, afterSeq, first }) => ({ run_id: runId, after_seq: afterSeq, first }));
  const event = tx
    .select()
    .from(trainingEvents)
    .where(and(eq(trainingEvents.runId, sql`wanted.run_id`), gt(trainingEvents.seq, sql`wanted.after_seq`)))
    .orderBy(asc(trainingEvents.seq))
    .limit(limitOf(sql`wanted.first`))
    .as('event');
  const rows = await tx
    .select({ ...event._.selectedFields, place: WANTED_PLACE })
    .from(wantedTable(wanted, 'run_id uuid, after_seq integer, first integer'))
    .innerJoinLateral(event, sql`true`)
    .orderBy(WANTED_PLACE, asc(event.seq));
  return byPlace(rows, questions);
}

/**
 * Of each of these runs its curve, by iteration: that of its model once it has SUCCEEDED, until then (and if it never does)
 * the points that its events bear, of each iteration the one written last. Of more than `maxPoints` an even choice of so
 * many, with both ends, and beside them the best, so that it may be one more. All are looked at; only those leave the database.
 */
export async function listCurves(tx: Transaction, questions: readonly CurveQuestion[]): Promise<CurvePoint[][]> {
  const wanted = questions.map(({ runId, afterIteration, maxPoints }) => ({
    run_id: runId,
    after_iteration: afterIteration,
    max_points: maxPoints,
  }));
  // Chosen where the even steps, of last / (max_points - 1), pass one of their marks.
  const rows = await tx.execute<PlacedPoint>(sql`
    select wanted.place, chosen.*
    from ${wantedTable(wanted, 'run_id uuid, after_iteration integer, max_points integer')}
    cross join lateral (
      select ranked.iteration, ranked."trainLoss", ranked."validationLoss"
      from (
        select judged.*,
          judged.iteration = min(judged.iteration) filter (where judged.loss = judged.least) over () as is_best
        from (
          select curve.*, row_number() over (order by curve.iteration) - 1 as index, count(*) over () - 1 as last,
            min(curve.loss) over () as least
          from (${POINTS}) curve
        ) judged
      ) ranked
      where ranked.last < wanted.max_points or ranked.index = 0 or ranked.is_best
        or ranked.index * (wanted.max_points - 1) / nullif(ranked.last, 0)
          > (ranked.index - 1) * (wanted.max_points - 1) / nullif(ranked.last, 0)
    ) chosen
    order by wanted.place, chosen.iteration`);
  return byPlace([...rows], questions).map((points) => points.map(({ place: _place, ...point }) => point));
}

/** All points of a wanted run's curve, with what each is judged by: the loss on rows that were not fitted on, where there is one. */
const POINTS = sql`
  select distinct on (point.iteration) point.iteration, point."trainLoss", point."validationLoss",
    coalesce(point."validationLoss", point."trainLoss", 'Infinity') as loss
  from (
    select event.seq, (event.point ->> 'iteration')::integer as iteration,
      (event.point ->> 'trainLoss')::float8 as "trainLoss", (event.point ->> 'validationLoss')::float8 as "validationLoss"
    from training_runs run join training_events event on event.run_id = run.id
    where run.id = wanted.run_id and run.status <> 'SUCCEEDED' and event.point is not null
    union all
    select 0, (item ->> 'iteration')::integer, (item ->> 'trainLoss')::float8, (item ->> 'validationLoss')::float8
    from training_runs run cross join jsonb_array_elements(run.curve) item
    where run.id = wanted.run_id and run.status = 'SUCCEEDED'
  ) point
  where point.iteration > wanted.after_iteration
  order by point.iteration, point.seq desc`;
