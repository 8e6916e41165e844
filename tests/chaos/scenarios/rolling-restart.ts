import type { Follower } from '../follower.ts';
import { checkInvariants } from '../invariants.ts';
import { Load } from '../load.ts';
import type { ManagedProcess } from '../managed-process.ts';
import type { Report } from '../report.ts';
import { type System, undisturbedModel, uploadNoise } from '../system.ts';
import { pause, until } from '../until.ts';
import { type Scenario, withSystem } from './scenario.ts';

/** From SIGTERM to the end of the process, in seconds. */
const END_BAR = 10;

/** Runs in flight at any time, of which two are trained. */
const LOAD = 4;

export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  title: 'every process ended and started again, one by one: runs are handed back, none is counted as lost',
  async run(rig, report) {
    const restarts = rig.count(1, 50);
    await withSystem(rig, report, { apis: 2, workers: 2 }, async (system) => {
      const user = await system.signUp();
      const input = {
        datasetId: await uploadNoise(user, 1_000),
        parameters: { trees: rig.count(3_000, 1_500), maxDepth: 5 },
      };
      const sha256 = await undisturbedModel(user, input);
      const load = new Load(
        Array.from({ length: LOAD }, (_, index) => user.openClient(undefined, index)),
        input,
      );
      const random = rig.random('rolling-restart');
      const endSeconds: number[] = [];
      for (let restart = 0; restart < restarts; restart += 1) {
        for (const worker of system.workers) {
          await until('work in flight', 60, () => load.followers.some(({ last }) => last?.stage === 'FITTING'));
          await pause(random.between(0, 1_500));
          endSeconds.push(await end(worker, report));
          await system.startWorker();
        }
        for (const slot of system.apis) {
          await pause(random.between(0, 500));
          endSeconds.push(await end(slot.process, report));
          await system.restartApi(slot);
        }
      }
      await load.end();
      report.line(`${restarts} restarts of all 4 processes, ${load.runIds.length} runs`);
      report.spread('from SIGTERM to the end of a process', 's', endSeconds, END_BAR);
      reportRequeues(load.followers, report);
      await checkNothingLost(system, report);
      await checkInvariants(system, user.client, report, { runIds: load.runIds, seconds: 120, sha256 });
    });
  },
};

async function end(process: ManagedProcess, report: Report): Promise<number> {
  const { seconds, end: how } = await process.terminate();
  report.check(how === 0, `${process.kind} ${process.pid} ended with ${how}`);
  return seconds;
}

/** Where runs were handed back, and how much of them had to be done again. */
function reportRequeues(followers: readonly Follower[], report: Report): void {
  const again = followers.flatMap(({ events }) =>
    events.flatMap((event, index) => {
      if (event.status !== 'QUEUED' || event.attempt === 0) return [];
      const next = events.slice(index).find(({ status, stage }) => status === 'RUNNING' && stage === 'FITTING');
      return next === undefined ? [] : [Math.max(0, event.progress - next.progress)];
    }),
  );
  report.check(again.length > 0, 'no run was handed back');
  if (again.length > 0) report.spread('of a handed back run was done again', 'of 1', again, MAX_DONE_AGAIN);
}

/** What is done since the checkpoint, which is made when a run is handed back. */
const MAX_DONE_AGAIN = 0.05;

async function checkNothingLost({ owner }: System, report: Report): Promise<void> {
  const lost = await owner<{ id: string; lost_attempts: number }[]>`
    select id, lost_attempts from training_runs where lost_attempts > 0`;
  for (const { id, lost_attempts } of lost) report.fault(`run ${id} counts as lost ${lost_attempts} times`);
}
