import { type CurvePointFieldsFragment, TrainingCurveDocument } from '../operations/operations.ts';
import { TrainyardError, toTrainyardError } from './errors.ts';
import { untilReachable } from './retry.ts';
import type { Sink } from './subscribe.ts';
import { followTrainingEvents, type TrainingEvent } from './training-events.ts';
import type { Trainyard } from './trainyard.ts';

/** The loss after one iteration. */
export type CurvePoint = CurvePointFieldsFragment;

/** Points that come in a burst are shown together. */
const MILLISECONDS_BETWEEN_CURVES = 50;

const RUN_IS_GONE = { message: 'The run has been deleted.', extensions: { code: 'NOT_FOUND' } };

/** The points of a curve by iteration, from wherever they come. */
export class CurveMerger {
  #points = new Map<number, CurvePoint>();
  #attempt = 0;

  /** Points of the query: they fill what events have not told yet. */
  fill(points: readonly CurvePoint[]): void {
    for (const point of points) if (!this.#points.has(point.iteration)) this.#points.set(point.iteration, point);
  }

  /** The final points, instead of all others. */
  replace(points: readonly CurvePoint[]): void {
    this.#points = new Map(points.map((point) => [point.iteration, point]));
  }

  /** The point of an event, if it has one. An attempt that begins further back takes the later points of the former away. */
  add({ attempt, point }: Pick<TrainingEvent, 'attempt' | 'point'>): boolean {
    if (point === null) return false;
    if (attempt > this.#attempt) {
      this.#attempt = attempt;
      for (const iteration of this.#points.keys()) {
        if (iteration >= point.iteration) this.#points.delete(iteration);
      }
    }
    this.#points.set(point.iteration, point);
    return true;
  }

  /** In the order of iterations. */
  toArray(): CurvePoint[] {
    return [...this.#points.values()].sort((one, other) => one.iteration - other.iteration);
  }
}

/** Follows the loss curve of a run: what is there at once, then each new point, at the end the curve as it is stored. */
export function followTrainingCurve(
  trainyard: Trainyard,
  runId: string,
  sink: Sink<readonly CurvePoint[]>,
  maxPoints = 500,
): () => void {
  const merger = new CurveMerger();
  const aborter = new AbortController();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const show = () => {
    timer = null;
    sink.next(merger.toArray());
  };
  const showSoon = () => {
    timer ??= setTimeout(show, MILLISECONDS_BETWEEN_CURVES);
  };
  const stop = () => {
    aborter.abort();
    unsubscribe();
    if (timer !== null) clearTimeout(timer);
  };
  const fail = (error: TrainyardError) => {
    if (aborter.signal.aborted) return;
    stop();
    sink.error?.(error);
  };
  const end = (points: readonly CurvePoint[]) => {
    if (aborter.signal.aborted) return;
    merger.replace(points);
    stop();
    show();
    sink.complete?.();
  };
  const load = async (use: (points: readonly CurvePoint[]) => void) => {
    try {
      const { trainingRun } = await untilReachable(
        () => trainyard.request(TrainingCurveDocument, { runId, maxPoints }, aborter),
        aborter.signal,
      );
      if (trainingRun === null) throw new TrainyardError([RUN_IS_GONE]);
      // Of a run that has ended, the events have nothing to add.
      if (hasEnded(trainingRun)) end(trainingRun.curve);
      else use(trainingRun.curve);
    } catch (error) {
      fail(toTrainyardError(error));
    }
  };
  const unsubscribe = followTrainingEvents(trainyard, runId, {
    next: (event) => {
      if (merger.add(event)) showSoon();
    },
    error: fail,
    complete: () => void load(end),
  });
  void load((points) => {
    merger.fill(points);
    showSoon();
  });
  return stop;
}

function hasEnded({ status }: Pick<TrainingEvent, 'status'>): boolean {
  return status !== 'QUEUED' && status !== 'RUNNING';
}
