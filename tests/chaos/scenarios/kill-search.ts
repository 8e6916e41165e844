import { cornersCsv } from '../../support/csv-files.ts';
import { planOf } from '../../support/executed-plan.ts';
import { uploadDataset } from '../../support/operations.ts';
import type { ChaosClient } from '../chaos-client.ts';
import type { Follower } from '../follower.ts';
import { checkInvariants } from '../invariants.ts';
import { drawSearchPoints } from '../kill-points.ts';
import type { Report } from '../report.ts';
import { undisturbedModel } from '../system.ts';
import { describeKills, type Kill, WorkerKiller } from '../worker-killer.ts';
import { type Scenario, withSystem } from './scenario.ts';

/** The victim, and others that have stood by for long enough, while the dead are replaced. */
const WORKERS = 3;
const STAND_BY = 1;

/** From the kill to the next attempt's RUNNING, as a client sees it, in seconds. */
const TAKE_OVER_BAR = 2;

const FOLDS = 3;

/** Enough that the quick ones are over before the last, and few enough that a run takes some seconds. */
const CANDIDATES = 8;

/** No run ends for lack of time, so that all of them have the same plan. */
const PARAMETERS = { folds: FOLDS, maxCandidates: CANDIDATES, timeBudgetSeconds: 3_600 };

interface Search {
  readonly plan: object;
  readonly leaderboard: readonly object[];
}

export const killSearch: Scenario = {
  name: 'kill-search',
  title: 'kill -9 of the worker at any point of AUTO: the same candidates, and the bytes of the plan undisturbed',
  async run(rig, report) {
    const wanted = rig.count(2, 50);
    await withSystem(rig, report, { apis: 1, workers: 1 }, async (system) => {
      // One after the other: processes that start take the cores from each other.
      while (system.workers.length < WORKERS) await system.startWorker();
      const user = await system.signUp();
      const { id: datasetId } = await uploadDataset(user.client.http, cornersCsv(600));
      const input = { datasetId, target: 'answer', algorithm: 'AUTO', parameters: PARAMETERS };
      const killing = new WorkerKiller(system, user.client, input, STAND_BY);
      const random = rig.random('kill-search');
      while (killing.kills.length < wanted && killing.runIds.length < 3 * wanted) {
        await killing.killWorkersOfOneRun(drawSearchPoints(random, CANDIDATES, FOLDS));
      }
      await Promise.all(killing.replacements);
      report.check(killing.kills.length >= wanted, `only ${killing.kills.length} of ${wanted} kills came in time`);
      describeKills(killing, report, rig.bar(TAKE_OVER_BAR));
      report.line(`where: ${placesOf(killing.kills)}`);
      for (const follower of killing.followers) checkFolds(follower, killing.kills, report);
      const [first, ...others] = await Promise.all(killing.runIds.map((id) => readSearch(user.client, id)));
      if (first === undefined) throw new Error('There was no run.');
      for (const other of others) {
        report.check(
          isSame(first, other),
          `${JSON.stringify(other)} is not what another run did: ${JSON.stringify(first)}`,
        );
      }
      const sha256 = await undisturbedModel(user, { ...input, plan: first.plan });
      await checkInvariants(system, user.client, report, { runIds: killing.runIds, seconds: 120, sha256 });
    });
  },
};

/** What a run tried and did, without what depends on the machine. */
async function readSearch({ http }: ChaosClient, id: string): Promise<Search> {
  const { trainingRun } = await http.execute<{ trainingRun: { modelCard: string; leaderboard: object[] } }>(
    `query ($id: ID!) { trainingRun(id: $id) { modelCard
      leaderboard { name status reason foldsDone folds loss low high score { value } weight } } }`,
    { id },
  );
  return { plan: planOf(trainingRun), leaderboard: trainingRun.leaderboard };
}

function isSame(left: Search, right: Search): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Folds that a checkpoint had are not fitted again: no later attempt tells of fewer of them. */
function checkFolds({ runId, events }: Follower, kills: readonly Kill[], report: Report): void {
  for (const { attempt, checkpoint } of kills.filter((kill) => kill.runId === runId)) {
    if (checkpoint === null) continue;
    const saved = new Map<string, number>();
    for (const event of events) {
      if (event.candidate === null) continue;
      const { id, foldsDone } = event.candidate;
      if (event.attempt <= attempt && event.progress < checkpoint) saved.set(id, foldsDone);
      const least = saved.get(id) ?? 0;
      const isKept = event.attempt <= attempt || foldsDone >= least;
      report.check(isKept, `candidate ${id} had ${least} folds in a checkpoint, and ${foldsDone} afterwards`);
    }
  }
}

function placesOf(kills: readonly Kill[]): string {
  const places = kills.map(({ place }) => place).toSorted();
  return [...new Set(places)].map((place) => `${places.filter((each) => each === place).length} ${place}`).join(', ');
}
