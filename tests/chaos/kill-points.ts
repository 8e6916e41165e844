import type { Follower, RunEvent } from './follower.ts';
import type { SeededRandom } from './seeded-random.ts';
import { pause, until } from './until.ts';

/** Where in a run's life its worker is killed: about when it is claimed, some moments into a stage, or well into the fitting. */
export type KillPoint =
  | { readonly kind: 'CLAIM'; readonly milliseconds: number }
  | { readonly kind: 'STAGE'; readonly stage: string; readonly milliseconds: number }
  | { readonly kind: 'PROGRESS'; readonly progress: number };

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

function drawStage(random: SeededRandom, stages: readonly string[]): KillPoint {
  return { kind: 'STAGE', stage: random.pick(stages), milliseconds: random.between(0, 100) };
}

/** Waits until the run is at the point; false where it has ended before. */
export async function reachPoint(follower: Follower, attempt: number, point: KillPoint): Promise<boolean> {
  if (point.kind === 'CLAIM') {
    await pause(point.milliseconds);
    return true;
  }
  const isThere = (event: RunEvent) =>
    point.kind === 'PROGRESS'
      ? event.progress >= point.progress
      : STAGES.indexOf(event.stage) >= STAGES.indexOf(point.stage);
  await until(`run ${follower.runId} to come to ${JSON.stringify(point)}`, 120, () => {
    const { last } = follower;
    return follower.isOver || (last !== undefined && last.attempt >= attempt && isThere(last));
  });
  if (point.kind === 'STAGE') await pause(point.milliseconds);
  return !follower.isOver;
}
