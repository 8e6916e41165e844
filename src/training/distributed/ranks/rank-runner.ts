import { link, mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BlobService } from '../../../blobs/blob.service.ts';
import { ClaimLostError } from '../../../jobs/workers/attempt-errors.ts';
import { JobControl } from '../../../jobs/workers/job-control.ts';
import type { Logger } from '../../../platform/monitoring/logger.ts';
import type { Database, Transaction } from '../../../platform/postgres/database.ts';
import type { NotificationHub } from '../../../platform/postgres/notifications.ts';
import { findRunClaim, RUN_COMMAND_TOPIC } from '../../runs/training-run.store.ts';
import type { TrainingFiles } from '../files/training-files.service.ts';
import type { StoredFile } from '../gangs/gang-order.ts';
import type { RankFailure } from '../gangs/rank-report.ts';
import {
  changeRank,
  deleteRank,
  findRankCommand,
  findTracker,
  type TrainingRankRow,
} from '../gangs/training-rank.store.ts';
import { type LocalFile, RANK_PROTOCOL, type RankEvent } from '../rank/rank-protocol.ts';
import type { LaunchedProcess, LaunchRank } from './rank-launcher.ts';
import { rankStart } from './rank-start.ts';
import { ReportWriter } from './report-writer.ts';
import { StoredFileServer } from './stored-file-server.ts';

/** Interval of the signs of life. */
const BEAT_MILLISECONDS = 1_000;

/** How soon a rank finds the tracker that another host has started. */
const TRACKER_POLL_MILLISECONDS = 200;

/** What a host runs ranks with. */
export interface RankDependencies {
  readonly database: Database;
  readonly blobs: Pick<BlobService, 'read' | 'temporaryPath'>;
  readonly files: Pick<TrainingFiles, 'save'>;
  readonly changes: NotificationHub;
  readonly launch: LaunchRank;
  readonly logger: Logger;
  /** Where the other hosts reach this one. */
  readonly address: string;
  /** The port of the tracker; 0: any free one. */
  readonly takePort: () => number;
  readonly threads: number;
  /** See ENGINE_CHECKPOINT_SECONDS. */
  readonly checkpointSeconds: number;
}

/** Thrown where the attempt of a rank is over: nobody waits for it. */
class AttemptOverError extends Error {}

/** Thrown where this host shuts down. */
class HostLeavingError extends Error {}

/** One rank on this host: its process, everything that may end it, and what it tells the run's worker. */
export class RankRunner {
  readonly #row: TrainingRankRow;
  readonly #dependencies: RankDependencies;
  readonly #reports: ReportWriter;
  readonly #end = new AbortController();
  readonly #processes: LaunchedProcess[] = [];
  #folder = '';
  #hasSpoken = false;
  /** Until the process of the rank has said its first word, this host speaks for it: loading its libraries takes its time. */
  #isStarting = true;
  #isStopped = false;
  #isDone = false;
  #failure: RankFailure | null = null;
  /** Events are handled one after the other: files are stored before what names them is told. */
  #handling: Promise<void> = Promise.resolve();

  constructor(row: TrainingRankRow, dependencies: RankDependencies) {
    this.#row = row;
    this.#dependencies = dependencies;
    this.#reports = new ReportWriter(dependencies.database, row);
  }

  /** Runs the rank to its end, whichever that is, and writes that. Never rejects. */
  async run(leaving: AbortSignal): Promise<void> {
    const { logger } = this.#dependencies;
    const leave = () => this.#end.abort(new HostLeavingError());
    leaving.addEventListener('abort', leave, { once: true });
    if (leaving.aborted) leave();
    try {
      await this.#train();
    } catch (error) {
      await this.#giveUp(error).catch((inner: unknown) =>
        logger.warn({ err: inner }, 'the end of a rank is not written'),
      );
    } finally {
      leaving.removeEventListener('abort', leave);
    }
  }

  /** Looks whether the rank is to stop, or its attempt is over. */
  async look(): Promise<void> {
    const hasSpoken = this.#hasSpoken || this.#isStarting;
    this.#hasSpoken = false;
    const found = await this.#transaction((tx) =>
      hasSpoken ? changeRank(tx, this.#row, {}) : findRankCommand(tx, this.#row),
    );
    if (found === null) this.#end.abort(new AttemptOverError());
    else if (found.isStopped) this.#stop();
  }

  async #train(): Promise<void> {
    const { changes, blobs } = this.#dependencies;
    const { runId: id, order } = this.#row;
    const { workspaceId } = order;
    if ((await this.#change({ state: 'RUNNING' })) === null) throw new AttemptOverError();
    using _commands = new JobControl(changes, RUN_COMMAND_TOPIC, { id, workspaceId }, () => this.#checkClaim());
    using _beats = repeatedly(BEAT_MILLISECONDS, () => this.look());
    await using files = await StoredFileServer.open(workspaceId, blobs);
    this.#folder = blobs.temporaryPath();
    await mkdir(this.#folder, { mode: 0o700 });
    const kill = () => {
      for (const process of this.#processes) process.kill();
    };
    this.#end.signal.addEventListener('abort', kill, { once: true });
    try {
      await this.#checkClaim();
      const tracker = await this.#findTracker();
      const { threads, checkpointSeconds } = this.#dependencies;
      const start = rankStart(this.#row, { tracker, files, folder: this.#folder, threads, checkpointSeconds });
      const ended = await this.#launch(start, (event) => this.#hear(event));
      await this.#handling;
      this.#end.signal.throwIfAborted();
      await this.#reports.close();
      const failure = this.#failure ?? (this.#isDone ? null : lostProcess(ended));
      await this.#change(failure === null ? { state: 'DONE' } : { state: 'FAILED', failure });
    } finally {
      this.#end.signal.removeEventListener('abort', kill);
      kill();
      await Promise.all(this.#processes.map(({ ended }) => ended));
      await this.#handling.catch(() => undefined);
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  /** Where the ranks meet: rank 0 starts it, the others wait for it. */
  async #findTracker(): Promise<{ readonly host: string; readonly port: number }> {
    if (this.#row.rank === 0) return await this.#startTracker();
    for (;;) {
      const tracker = await this.#transaction((tx) => findTracker(tx, this.#row));
      if (tracker !== null) return tracker;
      await delay(TRACKER_POLL_MILLISECONDS, undefined, { signal: this.#end.signal }).catch(() => undefined);
      this.#end.signal.throwIfAborted();
    }
  }

  async #startTracker(): Promise<{ readonly host: string; readonly port: number }> {
    const { address, takePort } = this.#dependencies;
    const { world, secret } = this.#row.order;
    const { promise: listening, resolve, reject } = Promise.withResolvers<{ host: string; port: number }>();
    const start = { role: 'tracker', protocol: RANK_PROTOCOL, host: address, port: takePort(), world, secret } as const;
    const ended = this.#launch(start, (event) => {
      if (event.event === 'listening') resolve({ host: event.host, port: event.port });
      else if (event.event === 'failed') reject(new RankFailedError(event));
    });
    void ended.then((how) => reject(new RankFailedError(lostProcess(how))));
    const tracker = await listening;
    if ((await this.#change({ tracker })) === null) throw new AttemptOverError();
    return tracker;
  }

  /** Resolves when the process has ended, with how. */
  async #launch(start: Parameters<LaunchRank>[0], onEvent: (event: RankEvent) => void): Promise<string> {
    this.#end.signal.throwIfAborted();
    const process = this.#dependencies.launch(start, onEvent);
    this.#processes.push(process);
    if (start.role === 'rank' && this.#isStopped) process.send('stop');
    return await process.ended;
  }

  #stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const process of this.#processes) process.send('stop');
  }

  #hear(event: RankEvent): void {
    this.#hasSpoken = true;
    this.#isStarting = false;
    this.#handling = this.#handling.then(() => this.#handle(event));
    this.#handling.catch((error: unknown) => this.#end.abort(error));
  }

  async #handle(event: RankEvent): Promise<void> {
    this.#isDone ||= event.event === 'done';
    if (event.event === 'failed') this.#failure = { code: event.code, message: event.message };
    // The others have the same losses, and no files.
    if (this.#row.rank !== 0) return;
    if (event.event === 'loaded' || event.event === 'ready' || event.event === 'round') this.#reports.add(event);
    else if (event.event === 'checkpoint') this.#reports.add({ ...event, model: await this.#store(event.model) });
    else if (event.event === 'done') {
      const model = event.model && (await this.#store(event.model));
      const margins = event.margins && (await this.#store(event.margins));
      this.#reports.add({ ...event, model, margins });
    }
  }

  /** Stores a file that the process has written, under the fence of the run. */
  async #store({ path, bytes: sizeBytes, sha256 }: LocalFile): Promise<StoredFile> {
    const { blobs, files } = this.#dependencies;
    const { runId, attempt, order } = this.#row;
    const temporaryPath = blobs.temporaryPath();
    // The process may write the next one meanwhile.
    await link(resolve(this.#folder, path), temporaryPath);
    try {
      await files.save({ workspaceId: order.workspaceId, runId, attempt }, { sha256, sizeBytes, temporaryPath });
    } finally {
      await rm(temporaryPath, { force: true });
    }
    return { sha256, sizeBytes };
  }

  /** Ends the process where users have cancelled the run, or another attempt has it. */
  async #checkClaim(): Promise<void> {
    const { runId, attempt, order } = this.#row;
    const { workspaceId } = order;
    const claim = await this.#dependencies.database.transaction({ workspaceId }, (tx) => findRunClaim(tx, runId));
    if (claim?.status !== 'RUNNING' || claim.attempt !== attempt) this.#end.abort(new AttemptOverError());
  }

  async #giveUp(error: unknown): Promise<void> {
    const { logger } = this.#dependencies;
    const { runId, attempt, rank } = this.#row;
    if (error instanceof AttemptOverError || error instanceof ClaimLostError) {
      logger.info({ runId, attempt, rank }, 'a rank has ended: its attempt is over');
      return await this.#transaction((tx) => deleteRank(tx, this.#row));
    }
    if (!(error instanceof HostLeavingError)) logger.warn({ err: error, runId, attempt, rank }, 'a rank has failed');
    await this.#change({ state: 'FAILED', failure: toFailure(error) });
  }

  #change(change: Parameters<typeof changeRank>[2]): ReturnType<typeof changeRank> {
    return this.#transaction((tx) => changeRank(tx, this.#row, change));
  }

  #transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#dependencies.database.transaction({ maintenance: true }, work);
  }
}

/** Thrown where a process has failed; the message is for users. */
class RankFailedError extends Error {
  readonly failure: RankFailure;

  constructor(failure: RankFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

function lostProcess(ended: string): RankFailure {
  return { code: 'RANKS_LOST', message: `the process of a rank ended: ${ended}` };
}

function toFailure(error: unknown): RankFailure {
  if (error instanceof RankFailedError) return error.failure;
  if (error instanceof HostLeavingError) return { code: 'HOST_LEAVING', message: 'a host was shut down' };
  return { code: 'TRAINING_FAILED', message: 'a host could not start or follow its process' };
}

/** Does the work again and again, until it is disposed of; work that rejects is repeated by the next time. */
function repeatedly(milliseconds: number, work: () => Promise<void>): Disposable {
  const timer = setInterval(() => void work().catch(() => undefined), milliseconds);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
