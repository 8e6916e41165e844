import { XGBOOST_PYTHON } from '../../support/xgboost-python.ts';
import { rankProcesses, running } from '../../training/distributed/engine/rank-processes.ts';
import { readRounds } from '../../training/distributed/engine/read-rounds.ts';
import type { Follower } from '../follower.ts';
import { checkInvariants } from '../invariants.ts';
import type { Report } from '../report.ts';
import type { Rig } from '../rig.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { type ChaosUser, type System, uploadNoise } from '../system.ts';
import { pause, until } from '../until.ts';
import { type Scenario, withSystem } from './scenario.ts';

const HOSTS = 3;

/** From the answer to cancelTraining until no process of a rank lives, in seconds. */
const CANCEL_BAR = 1;

/** From the kill to the first round of the next attempt, in seconds: the processes start anew, and load what they need. */
const GO_ON_BAR = 15;

/** No promise: what busy machines may take to come to a point, in seconds. */
const TIMEOUT_SECONDS = 120;

/** The most rounds that may be asked for, so that a run lasts until it is ended from outside. */
const PARAMETERS = { trees: 10_000, maxDepth: 3, learningRate: 0.002, earlyStoppingRounds: 0 };

/** One run after the other, on the same hosts. */
interface Runs {
  readonly system: System;
  readonly user: ChaosUser;
  readonly input: object;
  readonly random: SeededRandom;
  readonly runIds: string[];
}

export const killRank: Scenario = {
  name: 'kill-rank',
  title:
    'kill -9 of a rank and cancelTraining at any point of a training on hosts: it goes on, or all ranks end at once',
  async run(rig, report) {
    if (XGBOOST_PYTHON === null) {
      report.line('skipped: there is no python3 with xgboost; Debian: python3-xgboost');
      return;
    }
    const settings = { ENGINE: 'xgboost', ENGINE_PYTHON: XGBOOST_PYTHON, ENGINE_ADDRESS: '127.0.0.1' };
    const shape = { apis: 1, workers: HOSTS, settings: { ...settings, ENGINE_CHECKPOINT_SECONDS: '1' } };
    await withSystem(rig, report, shape, (system) => killAndCancel(rig, report, system));
  },
};

async function killAndCancel(rig: Rig, report: Report, system: System): Promise<void> {
  const user = await system.signUp();
  const datasetId = await uploadNoise(user, 2_000);
  const input = { datasetId, algorithm: 'GRADIENT_BOOSTING', engine: 'DISTRIBUTED', parameters: PARAMETERS };
  const runs: Runs = { system, user, input, random: rig.random('kill-rank'), runIds: [] };
  const [goOn, cancels]: [number[], number[]] = [[], []];
  let resumed = 0;
  for (let round = 0; round < rig.count(1, 20); round += 1) {
    const killed = await killOne(runs, report);
    goOn.push(killed.seconds);
    if (killed.isResumed) resumed += 1;
  }
  for (let round = 0; round < rig.count(1, 20); round += 1) cancels.push(await cancelOne(runs, report));
  report.line(
    `${goOn.length} kills, after ${resumed} of which there was a checkpoint to go on from, and ${cancels.length} cancels`,
  );
  report.spread('from the kill to the next round', 's', goOn, rig.bar(GO_ON_BAR));
  report.spread('from cancelTraining to no rank alive', 's', cancels, rig.bar(CANCEL_BAR));
  await checkNothingLeft(system, report);
  await checkInvariants(system, user.client, report, { runIds: runs.runIds, seconds: TIMEOUT_SECONDS });
}

/** Kills one rank at a drawn point, waits for the next attempt's rounds, and stops the run. */
async function killOne(runs: Runs, report: Report): Promise<{ readonly seconds: number; readonly isResumed: boolean }> {
  const { user, random, system } = runs;
  const { follower, ranks } = await startOne(runs);
  const victim = random.pick(ranks);
  const rounds = await readRounds(system.owner, follower.runId);
  process.kill(victim, 'SIGKILL');
  const killedAt = performance.now();
  const isNext = ({ attempt, kind }: { attempt: number; kind: string }) => attempt === 2 && kind === 'METRIC';
  const { heardAt } = await follower.event('a round of the next attempt', TIMEOUT_SECONDS, isNext);
  const left = running(ranks);
  report.check(left.length === 0, `processes ${left.join(', ')} of the lost attempt live on`);
  await user.client.http.execute('mutation ($id: ID!) { stopTraining(id: $id) { id } }', { id: follower.runId });
  await follower.end(TIMEOUT_SECONDS);
  const run = await user.client.readRun(follower.runId);
  const kept = run.status === 'SUCCEEDED' && run.endReason === 'STOPPED' && run.attempt === 2;
  report.check(kept, `a run that lost a rank ended as ${JSON.stringify(run)}`);
  return { seconds: (heardAt - killedAt) / 1_000, isResumed: rounds !== null };
}

/** Cancels a run at a drawn point; gives how long after the answer the last of its ranks had ended, in seconds. */
async function cancelOne(runs: Runs, report: Report): Promise<number> {
  const { user } = runs;
  const { follower, ranks } = await startOne(runs);
  await user.client.http.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id: follower.runId });
  const cancelledAt = performance.now();
  await until('the end of all ranks', TIMEOUT_SECONDS, () => running(ranks).length === 0);
  const seconds = (performance.now() - cancelledAt) / 1_000;
  await follower.end(TIMEOUT_SECONDS);
  const { status } = await user.client.readRun(follower.runId);
  report.check(status === 'CANCELLED', `a cancelled run is ${status}`);
  return seconds;
}

/** Starts a run on free hosts, and waits for a drawn point: its processes load what they need, or it has fitted some rounds. */
async function startOne({
  system,
  user,
  input,
  random,
  runIds,
}: Runs): Promise<{ follower: Follower; ranks: number[] }> {
  await until('free hosts', TIMEOUT_SECONDS, async () => (await busyRanks(system)) === 0);
  const id = await user.client.start(input, crypto.randomUUID());
  runIds.push(id);
  const follower = user.client.follow(id);
  const isFitting = random.happens(0.7);
  const milliseconds = random.between(0, isFitting ? 2_500 : 600);
  const ranks = await until('the processes of all ranks', TIMEOUT_SECONDS, () => {
    const found = system.workers.map(({ pid }) => rankProcesses([pid]));
    // The host of the first rank has started the tracker before.
    return (
      found.every((each) => each.length > 0) && found.flat().length === HOSTS + 1 && found.map((each) => each.at(-1)!)
    );
  });
  if (isFitting) await follower.event('a round', TIMEOUT_SECONDS, ({ kind }) => kind === 'METRIC');
  await pause(milliseconds);
  return { follower, ranks };
}

async function busyRanks({ owner, workers }: System): Promise<number> {
  const [row] = await owner<{ ranks: number }[]>`select count(*)::int as ranks from training_ranks`;
  return (row?.ranks ?? 0) + rankProcesses(workers.map(({ pid }) => pid)).length;
}

/** Neither ranks nor what they have told, nor files of theirs. */
async function checkNothingLeft(system: System, report: Report): Promise<void> {
  const look = async () => {
    const [row] = await system.owner<{ left: number }[]>`select (select count(*) from training_ranks)::int
      + (select count(*) from training_files)::int + (select count(*) from training_rank_reports)::int as left`;
    return row?.left === 0 && (await busyRanks(system)) === 0;
  };
  await until('nothing left of the ranks', 30, look).catch(() =>
    report.fault('ranks, reports, files or processes are left'),
  );
}
