import type { Follower } from './follower.ts';
import type { ManagedProcess } from './managed-process.ts';
import type { System } from './system.ts';
import { until } from './until.ts';

/** A worker may judge others dead only once its own connection has stood for 5 s. */
const IDLE_SECONDS = 6;

/** The workers that may take over at once. */
export function idleWorkers(system: System): ManagedProcess[] {
  return system.workers.filter(({ secondsReady }) => secondsReady > IDLE_SECONDS);
}

/** The worker that lives and has begun the run's latest attempt, once there is one; undefined where the run ends instead. */
export async function holderOf(system: System, follower: Follower): Promise<ManagedProcess | undefined> {
  const { runId } = follower;
  let holder: ManagedProcess | undefined;
  await until(`a worker that takes up run ${runId}`, 60, () => {
    holder = system.workers
      .filter((worker) => worker.attemptAt(runId) > 0)
      .sort((left, right) => right.attemptAt(runId) - left.attemptAt(runId))[0];
    return holder !== undefined || follower.isOver;
  });
  return holder;
}
