import { type CurvePointFieldsFragment, TrainingCurveDocument } from '../operations/operations.ts';
import { followRunView } from './run-view.ts';
import type { Sink } from './subscribe.ts';
import type { TrainingEvent } from './training-events.ts';
import type { Trainyard } from './trainyard.ts';

/** The loss after one iteration. */
export type CurvePoint = CurvePointFieldsFragment;

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
  const view = {
    read: async (aborter: AbortController) =>
      (await trainyard.request(TrainingCurveDocument, { runId, maxPoints }, aborter)).trainingRun,
    fill: ({ curve }: { readonly curve: readonly CurvePoint[] }) => merger.fill(curve),
    replace: ({ curve }: { readonly curve: readonly CurvePoint[] }) => merger.replace(curve),
    add: (event: TrainingEvent) => (merger.add(event) ? 'CHANGED' : 'NOTHING'),
    shown: () => merger.toArray(),
  } as const;
  return followRunView(trainyard, runId, view, sink);
}
