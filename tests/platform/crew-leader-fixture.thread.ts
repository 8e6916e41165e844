import { parentPort, workerData } from 'node:worker_threads';
import { CrewLeader } from '../../src/platform/crew-leader.ts';
import type { ThreadData } from '../../src/platform/threads.ts';
import { CREW_STEP, type CrewOrder, doTask } from './crew-tasks.ts';

/** Leads a crew: as many tasks as threads, of the step that the test asks for. */
const { order, step, crew } = workerData as ThreadData<{ readonly order: CrewOrder; readonly step: number }>;
using leader = new CrewLeader(crew);
leader.equip(new Array<CrewOrder>(leader.size - 1).fill(order));
// The leader itself never throws or dies: it only waits for those that do.
const own = step === CREW_STEP.WAIT ? step : CREW_STEP.COUNT;
try {
  // Until a follower has come to it, however late that is.
  for (;;) leader.each(step, leader.size * 10, (task) => doTask(order, own, task));
} catch (error) {
  parentPort?.postMessage(String(error));
}
