import type { ChaosClient } from './chaos-client.ts';
import { type Follower, isEnded } from './follower.ts';
import { holderOf, idleWorkers } from './holder.ts';
import { type KillPoint, reachPoint } from './kill-points.ts';
import type { ManagedProcess } from './managed-process.ts';
import type { Report } from './report.ts';
import type { System } from './system.ts';
import { until } from './until.ts';

/** What a run with a checkpoint had to go on from, and where it did. */
interface Resumption {
  readonly checkpoint: number;
  readonly wentOnAt: number;
}

/** No promise: processes that start on a busy machine take their time. */
const SECONDS_TO_STAND_BY = 240;

/** A worker that was killed while it had a run. */
export interface Kill {
  readonly runId: string;
  readonly attempt: number;
  /** How far the run was in its checkpoint; null: it had none. */
  readonly checkpoint: number | null;
  /** What it was doing, as far as it had said so. */
  readonly place: string;
}

/** One system in which worker after worker is killed, and what is seen of it. */
export class WorkerKiller {
  readonly #system: System;
  readonly #client: ChaosClient;
  readonly #input: object;
  readonly #standBy: number;
  readonly runIds: string[] = [];
  readonly kills: Kill[] = [];
  readonly takeOverSeconds: number[] = [];
  readonly resumptions: Resumption[] = [];
  readonly replacements: Promise<unknown>[] = [];
  readonly followers: Follower[] = [];
  tooLate = 0;

  /** `standBy`: so many workers at least have stood by for long enough when one is killed. */
  constructor(system: System, client: ChaosClient, input: object, standBy: number) {
    this.#system = system;
    this.#client = client;
    this.#input = input;
    this.#standBy = standBy;
  }

  /** Starts a run, and kills the worker that has it at each of its points. */
  async killWorkersOfOneRun(points: readonly KillPoint[]): Promise<void> {
    await this.#untilOthersStandBy();
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
    await follower.end(240);
  }

  async #untilOthersStandBy(victim?: ManagedProcess): Promise<void> {
    await until(
      'workers that stand by',
      SECONDS_TO_STAND_BY,
      () => idleWorkers(this.#system).filter((worker) => worker !== victim).length >= this.#standBy,
    );
  }

  async #start(): Promise<Follower> {
    const runId = await this.#client.start(this.#input, crypto.randomUUID());
    this.runIds.push(runId);
    const follower = this.#client.follow(runId);
    this.followers.push(follower);
    return follower;
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
    const killed = victim.attemptAt(runId);
    await victim.kill();
    const checkpoint = await this.#checkpointOf(runId);
    this.kills.push({ runId, attempt: killed, checkpoint, place: await this.#placeOf(runId) });
    const holder = await holderOf(this.#system, follower);
    const replacement = this.#system.startWorker();
    // Awaited in the end; a scenario that has failed before does not wait for it.
    replacement.catch(() => undefined);
    this.replacements.push(replacement);
    const attempt = holder?.attemptAt(runId);
    if (attempt === undefined) return;
    const claim = await follower.event(`attempt ${attempt}`, 60, (event) => event.attempt === attempt);
    if (point.kind !== 'CLAIM') this.takeOverSeconds.push((claim.heardAt - killedAt) / 1_000);
    if (checkpoint === null) return;
    const next = await follower.event(`the fitting of attempt ${attempt}`, 60, (event) => {
      return isEnded(event.status) || (event.attempt === attempt && event.stage === 'FITTING');
    });
    this.resumptions.push({ checkpoint, wentOnAt: next.progress });
  }

  /** Its stage; of the fitting of AUTO, what of its candidates. */
  async #placeOf(runId: string): Promise<string> {
    const [row] = await this.#system.owner<{ stage: string; tried: number; running: number; waiting: number }[]>`
      select stage, count(number)::int as tried, count(number) filter (where report ->> 'status' = 'RUNNING')::int as running,
        count(number) filter (where report ->> 'status' = 'WAITING')::int as waiting
      from training_runs left join training_candidates on run_id = id where id = ${runId} group by id`;
    if (row === undefined) throw new Error(`There is no run ${runId}.`);
    if (row.stage !== 'FITTING' || row.tried === 0) return row.stage;
    return row.running > 0 ? 'within a candidate' : row.waiting > 0 ? 'between candidates' : 'fitting the members';
  }

  /** How far the run is in its checkpoint; null: it has none. */
  async #checkpointOf(runId: string): Promise<number | null> {
    const [row] = await this.#system.owner<{ progress: number }[]>`
      select progress from training_checkpoints where run_id = ${runId}`;
    return row?.progress ?? null;
  }
}

/** Says to the report how often, and how quickly others went on, and that nothing that was saved was done again. */
export function describeKills(
  { kills, runIds, tooLate, takeOverSeconds, resumptions }: WorkerKiller,
  report: Report,
  bar: number,
): void {
  report.line(`${kills.length} kills over ${runIds.length} runs, of which ${tooLate} ended before their next kill`);
  report.spread('from kill to RUNNING again', 's', takeOverSeconds, bar);
  report.line(`take-overs with a checkpoint to go on from: ${resumptions.length}`);
  for (const { checkpoint, wentOnAt } of resumptions) {
    const from = `a run with a checkpoint at ${checkpoint.toFixed(3)}`;
    report.check(wentOnAt >= checkpoint, `${from} went on at ${wentOnAt.toFixed(3)}`);
  }
}
