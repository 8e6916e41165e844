import { PoolCoordinator } from '../../../src/platform/threads/pool-coordinator.ts';
import { serveThread } from '../../../src/platform/threads/serve-thread.ts';
import type { WithPool } from '../../../src/platform/threads/warm-worker.ts';
import { doTask, POOL_STEP, type PoolJob } from './pool-tasks.ts';

/** What the test orders: a step for as many tasks as threads. */
export interface LeaderOrder {
  readonly order: PoolJob;
  readonly step: number;
}

serveThread<WithPool<LeaderOrder>, string>(({ order, step, pool }, say) => {
  using leader = new PoolCoordinator(pool);
  leader.setUp(new Array<PoolJob>(leader.size - 1).fill(order));
  // The leader itself never throws or dies: it only waits for those that do.
  const own = step === POOL_STEP.WAIT ? step : POOL_STEP.COUNT;
  try {
    // Until a follower has come to it, however late that is.
    for (;;) leader.each(step, leader.size * 10, (task) => doTask(order, own, task));
  } catch (error) {
    say(String(error));
  }
});
