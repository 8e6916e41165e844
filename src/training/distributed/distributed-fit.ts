import { ClaimLostError } from '../../jobs/workers/attempt-errors.ts';
import type { ShardManifest } from '../../ml/distributed/shard-manifest.ts';
import type { CurvePoint } from '../../ml/train-model.ts';
import type { BestRound } from '../../ml/tree/boosting/early-stopping.ts';
import { RoundProgress } from '../../ml/tree/boosting/round-progress.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';
import type { ProgressStep } from '../forecast/run-progress.ts';
import { type ClaimedRun, changeRun } from '../runs/training-run.store.ts';
import type { TrainingInput } from '../worker/train-model.thread.ts';
import type { TrainingFiles } from './files/training-files.service.ts';
import { type FitCheckpoint, filesOf, packFitCheckpoint, unpackFitCheckpoint } from './fit-checkpoint.ts';
import { gangWork } from './gang-work.ts';
import type { GangRows } from './gangs/assign-ranks.ts';
import { Gang, type GangEnd } from './gangs/gang.ts';
import type { StoredFile } from './gangs/gang-order.ts';
import type { RankReport } from './gangs/rank-report.ts';
import type { BestRankRound } from './rank/rank-protocol.ts';

/** Shares of the progress: until the shards are written, and until the last round. */
const SHARDS_SHARE = 0.15;
export const FITTING_SHARE = 0.85;

/** What a training on several hosts works with, on its run's worker. */
export interface DistributedDependencies {
  readonly database: Database;
  readonly changes: Pick<NotificationHub, 'listen'>;
  readonly files: TrainingFiles;
  readonly prepareShards: PrepareShards;
  /** See ENGINE_WAIT_SECONDS. */
  readonly waitSeconds: number;
}

/** Fits the preprocessing, and stores the rows as shards of the run. */
export type PrepareShards = (
  work: FitWork,
  owner: { readonly workspaceId: string; readonly runId: string; readonly attempt: number },
  options: { readonly signal: AbortSignal; readonly onProgress: (share: number) => void },
) => Promise<Pick<FitCheckpoint, 'manifest' | 'preparation' | 'check'>>;

/** What is to be fitted. */
export interface FitWork {
  readonly tablePath: string;
  readonly request: TrainingInput['request'];
}

/** The attempt that a fit is a part of. */
export interface FitConditions {
  /** Fires when the attempt is to end. */
  readonly signal: AbortSignal;
  readonly report: (step: ProgressStep) => void;
  /** Calls the function when the training is to stop with the best rounds so far, also if it is already. */
  readonly onStop: (stop: () => void) => void;
  /** Whether users want it to stop, rather than its time budget. */
  readonly isStopped: () => boolean;
  /** Makes a checkpoint current; `progress` is that of the steps. Rejects if the attempt is not the run's any more. */
  readonly saveCheckpoint: (progress: number, bytes: Uint8Array) => Promise<void>;
  /** What an earlier attempt has left. */
  readonly checkpoint: Uint8Array | null;
  /** Training time of earlier attempts that is in it. */
  readonly secondsBefore: number;
}

/** What several hosts have fitted. */
export interface DistributedEnd {
  readonly end: GangEnd;
  readonly checkpoint: FitCheckpoint;
  /** The version that trained, and on how many hosts. */
  readonly xgboost: string;
  readonly hosts: number;
}

/** Fits a model on several hosts: writes the shards, has the hosts train, and keeps their checkpoints. */
export class DistributedFit {
  readonly #run: ClaimedRun;
  readonly #dependencies: DistributedDependencies;
  readonly #logger: Logger;
  readonly #conditions: FitConditions;
  #curve: CurvePoint[] = [];
  #progress = 0;
  #lossUnit = 1;
  #world = { world: 0, xgboost: '' };

  constructor(run: ClaimedRun, dependencies: DistributedDependencies, conditions: FitConditions, logger: Logger) {
    this.#run = run;
    this.#dependencies = dependencies;
    this.#conditions = conditions;
    this.#logger = logger;
  }

  /**
   * Rejects with the reason of the signal, with RankLostError if the attempt is to be repeated, and with RunRefusedError or what the
   * preparation throws if that would not help.
   */
  async fit(work: FitWork): Promise<DistributedEnd> {
    const before = await this.#prepared(work);
    const { manifest, rounds } = before;
    this.#curve = [...before.curve];
    // Half a squared error; no other loss is of numbers that are scaled.
    this.#lossUnit = (before.preparation.numbers?.scale ?? 1) ** 2;
    const { parameters } = work.request;
    const limit = Number(parameters['trees']);
    const waits = manifest.totals.VALIDATION.rows === 0 ? null : Number(parameters['earlyStoppingRounds']) || null;
    const progress = new RoundProgress(Math.max(this.#progress, SHARDS_SHARE), FITTING_SHARE, limit, waits);
    let checkpoint = before;
    let best: BestRound | null = rounds?.best ? toBest(rounds.best) : null;
    const onReport = async (report: RankReport) => {
      if (report.event === 'round') {
        progress.advance(report.round - 1, best);
        if (report.validationLoss !== null && report.validationLoss < (best?.loss ?? Number.POSITIVE_INFINITY)) {
          best = toBest({ round: report.round, loss: report.validationLoss });
        }
        this.#reportRound(report, progress.progress);
      } else if (report.event === 'checkpoint') {
        const { round, best: bestRound, model } = report;
        const replaced = checkpoint.rounds?.model ?? null;
        checkpoint = { ...before, rounds: { round, best: bestRound, model }, curve: [...this.#curve] };
        await this.#save(checkpoint, replaced);
      }
    };
    await using gang = new Gang(
      this.#run,
      { ...this.#dependencies, logger: this.#logger },
      {
        onBusy: () => this.#say('All hosts are busy with other trainings; this one waits for them.'),
        onAssigned: (found) => this.#begin(found),
        onReport,
      },
    );
    this.#conditions.onStop(() => gang.stop());
    const orders = gangWork(work.request, before);
    const end = await gang.train(orders, rowsOf(manifest), this.#conditions.signal);
    const { world: hosts, xgboost } = this.#world;
    return { end, checkpoint: { ...checkpoint, curve: this.#curve }, hosts, xgboost };
  }

  /** What an earlier attempt has prepared, or shards that are written now. */
  async #prepared(work: FitWork): Promise<FitCheckpoint> {
    const { checkpoint: bytes, signal, report } = this.#conditions;
    const kept = bytes && unpackFitCheckpoint(bytes);
    const { id: runId, workspaceId, attempt } = this.#run;
    if (kept !== null) {
      // An attempt that was lost may have stored more than it has told.
      await this.#dependencies.files.remove(workspaceId, runId, filesOf(kept));
      return kept;
    }
    report({ stage: 'PREPARING', progress: 0, point: null });
    const prepared = await this.#dependencies.prepareShards(
      work,
      { workspaceId, runId, attempt },
      {
        signal,
        onProgress: (share) => report({ stage: 'PREPARING', progress: SHARDS_SHARE * share, point: null }),
      },
    );
    this.#progress = SHARDS_SHARE;
    const checkpoint: FitCheckpoint = { ...prepared, rounds: null, curve: [] };
    await this.#save(checkpoint, null);
    return checkpoint;
  }

  async #begin(found: { readonly world: number; readonly xgboost: string }): Promise<void> {
    this.#world = found;
    const { id, attempt } = this.#run;
    const message = `Training on ${found.world} hosts with XGBoost ${found.xgboost}.`;
    const details = { kind: 'LOG', message } as const;
    await this.#dependencies.database.transaction(this.#run, (tx) =>
      changeRun(tx, id, attempt, { hosts: found.world }, details),
    );
    this.#conditions.report({ stage: 'FITTING', progress: this.#progress, point: null });
  }

  #reportRound(round: Extract<RankReport, { readonly event: 'round' }>, progress: number): void {
    this.#progress = progress;
    const trainLoss = round.trainLoss * this.#lossUnit;
    const validationLoss = round.validationLoss === null ? null : round.validationLoss * this.#lossUnit;
    const seconds = this.#conditions.secondsBefore + round.seconds;
    const point = { iteration: round.round, seconds, trainLoss, validationLoss };
    // Rounds since the last checkpoint are repeated by the next attempt.
    this.#curve = [...this.#curve.filter(({ iteration }) => iteration < point.iteration), point];
    this.#conditions.report({ stage: 'FITTING', progress, point });
  }

  /**
   * Once a checkpoint is current, the model of the one before is not needed any more. Others stay: rank 0 stores files before it tells
   * of them, and has stored the next ones where its host is ahead.
   */
  async #save(checkpoint: FitCheckpoint, replaced: StoredFile | null): Promise<void> {
    const { id, workspaceId } = this.#run;
    try {
      await this.#conditions.saveCheckpoint(this.#progress, packFitCheckpoint(checkpoint));
      if (replaced !== null && !filesOf(checkpoint).includes(replaced.sha256)) {
        await this.#dependencies.files.removeOne(workspaceId, id, replaced.sha256);
      }
    } catch (error) {
      if (error instanceof ClaimLostError) throw error;
      // The training continues without it; the next one follows.
      this.#logger.warn({ err: error }, 'a checkpoint could not be saved');
    }
  }

  #say(message: string): void {
    this.#conditions.report({ stage: 'PREPARING', progress: this.#progress, point: null, message });
  }
}

function toBest({ round, loss }: BestRankRound): BestRound {
  return { iteration: round, loss, last: round };
}

function rowsOf({ shards }: ShardManifest): GangRows {
  return {
    shards: shards.filter(({ role }) => role === 'TRAIN'),
    validation: shards.filter(({ role }) => role === 'VALIDATION'),
  };
}
