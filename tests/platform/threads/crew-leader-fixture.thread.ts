import { CrewLeader } from '../../../src/platform/threads/crew-leader.ts';
import { serveOrders } from '../../../src/platform/threads/serve-orders.ts';
import type { Led } from '../../../src/platform/threads/standby-thread.ts';
import { CREW_STEP, type CrewOrder, doTask } from './crew-tasks.ts';

/** What the test orders: a step for as many tasks as threads. */
export interface LeaderOrder {
  readonly order: CrewOrder;
  readonly step: number;
}

serveOrders<Led<LeaderOrder>, string>(({ order, step, crew }, say) => {
  using leader = new CrewLeader(crew);
  leader.equip(new Array<CrewOrder>(leader.size - 1).fill(order));
  // The leader itself never throws or dies: it only waits for those that do.
  const own = step === CREW_STEP.WAIT ? step : CREW_STEP.COUNT;
  try {
    // Until a follower has come to it, however late that is.
    for (;;) leader.each(step, leader.size * 10, (task) => doTask(order, own, task));
  } catch (error) {
    say(String(error));
  }
});
