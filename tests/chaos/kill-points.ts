import type { Follower, RunEvent } from './follower.ts';
import type { SeededRandom } from './seeded-random.ts';
import { pause, until } from './until.ts';

/**
 * Where in a run's life its worker is killed: about when it is claimed, some moments into a stage, or well into the fitting; of AUTO some
 * moments after a candidate has so many folds, the last of which is followed by the choice of the blend, or after the last candidate, when
 * its members are fitted.
 */
export type KillPoint =
  | { readonly kind: 'CLAIM'; readonly milliseconds: number }
  | { readonly kind: 'STAGE'; readonly stage: string; readonly milliseconds: number }
  | { readonly kind: 'PROGRESS'; readonly progress: number }
  | { readonly kind: 'CANDIDATE'; readonly number: number; readonly foldsDone: number; readonly milliseconds: number };

const STAGES = ['WAITING', 'LOADING', 'PREPARING', 'FITTING', 'EVALUATING', 'SAVING', 'DONE'];

/** Up to three points of one run, each further on than the one before: a run that is lost too often is given up. */
export function drawKillPoints(random: SeededRandom): KillPoint[] {
  const points: KillPoint[] = [];
  const beginning = random.uniform();
  if (beginning < 0.2) points.push({ kind: 'CLAIM', milliseconds: random.between(0, 60) });
  else if (beginning < 0.35) points.push(drawStage(random, ['LOADING', 'PREPARING']));
  if (points.length === 0 || random.happens(0.5)) {
    points.push({ kind: 'PROGRESS', progress: random.between(0.03, 0.95) });
  }
  if (random.happens(0.25)) points.push(drawStage(random, ['EVALUATING', 'SAVING']));
  return points;
}

/** Up to three points of a run of AUTO, each further on: within folds and between them, at the choice of a blend, while members are fitted. */
export function drawSearchPoints(random: SeededRandom, candidates: number, folds: number): KillPoint[] {
  const count = random.whole(1, 3);
  const numbers = Array.from({ length: count }, () => random.whole(1, candidates)).toSorted((a, b) => a - b);
  return numbers.map((number, i): KillPoint => {
    // All folds of the last candidate are followed by the fitting of the members.
    const isLast = i === count - 1 && random.happens(0.3);
    const foldsDone = isLast ? folds : random.whole(0, folds);
    // At once, or some moments into what comes next.
    const milliseconds = random.happens(0.3) ? 0 : random.between(0, 400);
    return { kind: 'CANDIDATE', number: isLast ? candidates : number, foldsDone, milliseconds };
  });
}

function drawStage(random: SeededRandom, stages: readonly string[]): KillPoint {
  return { kind: 'STAGE', stage: random.pick(stages), milliseconds: random.between(0, 100) };
}

/** Waits until the run is at the point; false where it has ended before. */
export async function reachPoint(follower: Follower, attempt: number, point: KillPoint): Promise<boolean> {
  if (point.kind === 'CLAIM') {
    await pause(point.milliseconds);
    return true;
  }
  await until(`run ${follower.runId} to come to ${JSON.stringify(point)}`, 120, () => {
    return follower.isOver || follower.events.some((event) => event.attempt >= attempt && isAt(event, point));
  });
  if (point.kind !== 'PROGRESS') await pause(point.milliseconds);
  return !follower.isOver;
}

/** Whether an event tells that the run is at the point, or past it. */
function isAt(
  { stage, progress, candidate }: RunEvent,
  point: Exclude<KillPoint, { readonly kind: 'CLAIM' }>,
): boolean {
  if (point.kind === 'PROGRESS') return progress >= point.progress;
  if (point.kind === 'STAGE') return STAGES.indexOf(stage) >= STAGES.indexOf(point.stage);
  if (candidate === null) return false;
  const number = Number(candidate.id.slice(candidate.id.indexOf('/') + 1));
  if (number !== point.number) return number > point.number;
  return candidate.status !== 'RUNNING' || candidate.foldsDone >= point.foldsDone;
}
