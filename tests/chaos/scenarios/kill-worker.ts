import { checkInvariants } from '../invariants.ts';
import { drawKillPoints } from '../kill-points.ts';
import { undisturbedModel, uploadNoise } from '../system.ts';
import { describeKills, WorkerKiller } from '../worker-killer.ts';
import { type Scenario, withSystem } from './scenario.ts';

/** The victim, and others that have stood by for long enough, while the dead are replaced. */
const WORKERS = 4;
const STAND_BY = 2;

/** From the kill to the next attempt's RUNNING, as a client sees it, in seconds. */
const TAKE_OVER_BAR = 2;

export const killWorker: Scenario = {
  name: 'kill-worker',
  title: 'kill -9 of the worker at any point: nothing lost, stuck or doubled, the same bytes',
  async run(rig, report) {
    const wanted = rig.count(5, 200);
    await withSystem(rig, report, { apis: 1, workers: WORKERS }, async (system) => {
      const user = await system.signUp();
      const input = {
        datasetId: await uploadNoise(user, 1_000),
        parameters: { trees: rig.count(2_000, 4_000), maxDepth: 5 },
      };
      const sha256 = await undisturbedModel(user, input);
      const killing = new WorkerKiller(system, user.client, input, STAND_BY);
      const random = rig.random('kill-worker');
      // A run may end before its worker is killed: that is no kill, and another run has to do.
      while (killing.kills.length < wanted && killing.runIds.length < 3 * wanted) {
        await killing.killWorkersOfOneRun(drawKillPoints(random));
      }
      await Promise.all(killing.replacements);
      report.check(killing.kills.length >= wanted, `only ${killing.kills.length} of ${wanted} kills came in time`);
      describeKills(killing, report, rig.bar(TAKE_OVER_BAR));
      await checkInvariants(system, user.client, report, { runIds: killing.runIds, seconds: 120, sha256 });
    });
  },
};
