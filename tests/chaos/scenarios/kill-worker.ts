import type { ChaosClient } from '../chaos-client.ts';
import { type Follower, isEnded } from '../follower.ts';
import { holderOf, idleWorkers } from '../holder.ts';
import { checkInvariants } from '../invariants.ts';
import { drawKillPoints, type KillPoint, reachPoint } from '../kill-points.ts';
import type { ManagedProcess } from '../managed-process.ts';
import type { Report } from '../report.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { type System, undisturbedModel, uploadNoise } from '../system.ts';
import { until } from '../until.ts';
import { type Scenario, withSystem } from './scenario.ts';

/** The victim, and others that have stood by for long enough, while the dead are replaced. */
const WORKERS = 4;

/** From the kill to the next attempt's RUNNING, as a client sees it, in seconds. */
const TAKE_OVER_BAR = 2;

/** What a run with a checkpoint had to go on from, and where it did. */
interface Resumption {
  readonly checkpoint: number;
  readonly wentOnAt: number;
}

/** One system in which worker after worker is killed, and what is seen of it. */
class Killing {
  readonly #system: System;
  readonly #client: ChaosClient;
  readonly #input: object;
  readonly #random: SeededRandom;
  readonly runIds: string[] = [];
  readonly takeOverSeconds: number[] = [];
  readonly resumptions: Resumption[] = [];
  readonly replacements: Promise<unknown>[] = [];
  kills = 0;
  tooLate = 0;

  constructor(system: System, client: ChaosClient, input: object, random: SeededRandom) {
    this.#system = system;
    this.#client = client;
    this.#input = input;
    this.#random = random;
  }

  /** Starts a run, and kills the worker that has it at each of its points. */
  async killWorkersOfOneRun(): Promise<void> {
    await this.#untilOthersStandBy();
    const points = drawKillPoints(this.#random);
    const [first] = points;
    let victim = idleWorkers(this.#system)[0];
    const follower = first?.kind === 'CLAIM' ? await this.#startAt(victim) : await this.#start();
    for (const point of points) {
      if (point.kind !== 'CLAIM') victim = await holderOf(this.#system, follower);
      if (victim === undefined || !(await reachPoint(follower, victim.attemptAt(follower.runId), point))) {
        this.tooLate += 1;
        break;
      }
      await this.#untilOthersStandBy(victim);
      await this.#kill(victim, follower, point);
    }
    await follower.end(120);
  }

  async #untilOthersStandBy(victim?: ManagedProcess): Promise<void> {
    await until(
      'workers that stand by',
      60,
      () => idleWorkers(this.#system).filter((worker) => worker !== victim).length >= 2,
    );
  }

  async #start(): Promise<Follower> {
    const runId = await this.#client.start(this.#input, crypto.randomUUID());
    this.runIds.push(runId);
    return this.#client.follow(runId);
  }

  /** Starts a run that only this worker can take: the others sleep for as long as the request takes. */
  async #startAt(victim: ManagedProcess | undefined): Promise<Follower> {
    const others = this.#system.workers.filter((worker) => worker !== victim);
    for (const worker of others) worker.freeze();
    try {
      return await this.#start();
    } finally {
      for (const worker of others) worker.thaw();
    }
  }

  async #kill(victim: ManagedProcess, follower: Follower, point: KillPoint): Promise<void> {
    const { runId } = follower;
    const killedAt = performance.now();
    await victim.kill();
    this.kills += 1;
    const checkpoint = await this.#checkpointOf(runId);
    const holder = await holderOf(this.#system, follower);
    this.replacements.push(this.#system.startWorker());
    const attempt = holder?.attemptAt(runId);
    if (attempt === undefined) return;
    const claim = await follower.event(`attempt ${attempt}`, 10, (event) => event.attempt === attempt);
    if (point.kind !== 'CLAIM') this.takeOverSeconds.push((claim.heardAt - killedAt) / 1_000);
    if (checkpoint === null) return;
    const next = await follower.event(`the fitting of attempt ${attempt}`, 60, (event) => {
      return isEnded(event.status) || (event.attempt === attempt && event.stage === 'FITTING');
    });
    this.resumptions.push({ checkpoint, wentOnAt: next.progress });
  }

  /** How far the run is in its checkpoint; null: it has none. */
  async #checkpointOf(runId: string): Promise<number | null> {
    const [row] = await this.#system.owner<{ progress: number }[]>`
      select progress from training_checkpoints where run_id = ${runId}`;
    return row?.progress ?? null;
  }
}

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
      const killing = new Killing(system, user.client, input, rig.random('kill-worker'));
      // A run may end before its worker is killed: that is no kill, and another run has to do.
      while (killing.kills < wanted && killing.runIds.length < 3 * wanted) await killing.killWorkersOfOneRun();
      await Promise.all(killing.replacements);
      report.check(killing.kills >= wanted, `only ${killing.kills} of ${wanted} kills came in time`);
      describe(killing, report, rig.bar(TAKE_OVER_BAR));
      await checkInvariants(system, user.client, report, { runIds: killing.runIds, seconds: 120, sha256 });
    });
  },
};

function describe(
  { kills, runIds, tooLate, takeOverSeconds, resumptions }: Killing,
  report: Report,
  bar: number,
): void {
  report.line(`${kills} kills over ${runIds.length} runs, of which ${tooLate} ended before their next kill`);
  report.spread('from kill to RUNNING again', 's', takeOverSeconds, bar);
  report.line(`take-overs with a checkpoint to go on from: ${resumptions.length}`);
  for (const { checkpoint, wentOnAt } of resumptions) {
    const from = `a run with a checkpoint at ${checkpoint.toFixed(3)}`;
    report.check(wentOnAt >= checkpoint, `${from} went on at ${wentOnAt.toFixed(3)}`);
  }
}
