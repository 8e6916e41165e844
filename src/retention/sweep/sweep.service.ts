import type { BlobService } from '../../blobs/blob.service.ts';
import type { BlobKey } from '../../blobs/blob.store.ts';
import type { TokenBucket } from '../../platform/concurrency/token-bucket.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import type { TrainingFiles } from '../../training/distributed/files/training-files.service.ts';
import { forgetOldDeletions, listUnfinishedDeletions } from '../datasets/dataset-deletion.store.ts';
import type { DatasetRemoval } from '../datasets/dataset-removal.service.ts';
import { eachWorkspace, isWorkspace } from '../expiry/each-workspace.ts';
import type { RunExpiry } from '../runs/run-expiry.service.ts';
import type { WorkspaceRemoval } from '../workspaces/workspace-removal.service.ts';
import {
  forgetOtherOrphans,
  listOrphansSeenBefore,
  listReferenced,
  listUncounted,
  listUnreferenced,
  recordOrphans,
} from './sweep.store.ts';
import { SweepReport } from './sweep-report.ts';

const MILLISECONDS_PER_HOUR = 60 * 60 * 1000;

/** What is told of deletions for 30 days after their end. */
const DELETION_MILLISECONDS = 30 * 24 * MILLISECONDS_PER_HOUR;

/** Deletions that began before that are nobody's any more, or are done twice at once, which does no harm. */
const UNFINISHED_MILLISECONDS = MILLISECONDS_PER_HOUR;

/** The names of stored files. */
const IS_HASH = /^[0-9a-f]{64}$/;

const FILES_AT_A_TIME = 500;
const DELETIONS_AT_A_TIME = 100;

/** What the sweep needs. */
export interface SweepDependencies {
  readonly database: Database;
  readonly blobs: Pick<
    BlobService,
    'listStored' | 'listOwners' | 'exists' | 'purge' | 'removeUnowned' | 'removeUnfinished'
  >;
  readonly removal: Pick<DatasetRemoval, 'carryOut'>;
  readonly workspaces: Pick<WorkspaceRemoval, 'carryOut'>;
  readonly runExpiry: Pick<RunExpiry, 'expire'>;
  readonly trainingFiles: Pick<TrainingFiles, 'removeOrphans'>;
  readonly observeRun: ObserveRun;
  /** One token for each file that is removed. */
  readonly rate: Pick<TokenBucket, 'take'>;
  readonly logger: Logger;
  /** For how long a file without a row is kept. */
  readonly graceHours: number;
}

/** Removes a file; gives how many that are. */
type RemoveFile = (key: BlobKey) => Promise<number>;

/** A file of the store. */
interface Stored {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly storedAt: Date;
}

/**
 * Compares the store with the database, both ways, and removes what neither needs: files without a row after a time of grace,
 * files that nothing refers to any more, what is left of interrupted uploads and deletions. Rows without a file are reported.
 */
export class Sweep {
  readonly #dependencies: SweepDependencies;

  constructor(dependencies: SweepDependencies) {
    this.#dependencies = dependencies;
  }

  /** Sweeps all workspaces, until the signal fires. With `dryRun` it only tells what it would do. */
  async run(dryRun: boolean, signal?: AbortSignal): Promise<SweepReport> {
    const { database, blobs } = this.#dependencies;
    const report = new SweepReport(dryRun);
    const known = new Set<string>();
    for await (const workspaceId of eachWorkspace(database, signal)) {
      known.add(workspaceId);
      report.workspaces += 1;
      await this.#try(workspaceId, report, () => this.#sweepWorkspace(workspaceId, report));
    }
    for await (const workspaceId of blobs.listOwners()) {
      if (signal?.aborted) break;
      if (!known.has(workspaceId)) await this.#try(workspaceId, report, () => this.#sweepUnknown(workspaceId, report));
    }
    if (!dryRun) report.unfinishedUploads = await blobs.removeUnfinished(this.#graceBegin());
    this.#logReport(report);
    return report;
  }

  /** The other workspaces are not to wait for one that fails. */
  async #try(workspaceId: string, report: SweepReport, sweep: () => Promise<void>): Promise<void> {
    try {
      await sweep();
    } catch (error) {
      report.failed += 1;
      this.#dependencies.logger.warn({ err: error, workspaceId }, 'a workspace could not be swept');
    }
  }

  /** Files of a workspace that the database does not know are orphans, all of them. */
  async #sweepUnknown(workspaceId: string, report: SweepReport): Promise<void> {
    // It may be new.
    if (await isWorkspace(this.#dependencies.database, workspaceId)) return;
    const { orphans } = await this.#compare(workspaceId, report);
    if (orphans.length > 0) report.unknownWorkspaces += 1;
    const { blobs } = this.#dependencies;
    await this.#removeOrphans(workspaceId, orphans, report, async (key) => ((await blobs.removeUnowned(key)) ? 1 : 0));
  }

  async #sweepWorkspace(workspaceId: string, report: SweepReport): Promise<void> {
    if (!report.isDryRun && (await this.#dependencies.workspaces.carryOut(workspaceId))) return;
    if (!report.isDryRun) await this.#finishDeletions(workspaceId, report);
    const expired = await this.#dependencies.runExpiry.expire(workspaceId, report.isDryRun);
    report.runsArchived += expired.archived;
    report.runsDeleted += expired.deleted;
    report.bytesReclaimed += expired.bytesReclaimed;
    if (!report.isDryRun) {
      report.trainingFilesRemoved += await this.#dependencies.trainingFiles.removeOrphans(workspaceId);
    }
    const unreferenced = await this.#inWorkspace(workspaceId, (tx) => listUnreferenced(tx, FILES_AT_A_TIME));
    for (const file of unreferenced) report.unreferencedRemoved += await this.#purge(workspaceId, file, report);
    const { stored, orphans } = await this.#compare(workspaceId, report);
    await this.#removeOrphans(workspaceId, orphans, report);
    await this.#findMissing(workspaceId, stored, report);
  }

  async #finishDeletions(workspaceId: string, report: SweepReport): Promise<void> {
    const now = Date.now();
    const unfinished = await this.#inWorkspace(workspaceId, async (tx) => {
      report.deletionsForgotten += await forgetOldDeletions(tx, new Date(now - DELETION_MILLISECONDS));
      return await listUnfinishedDeletions(tx, new Date(now - UNFINISHED_MILLISECONDS), DELETIONS_AT_A_TIME);
    });
    for (const id of unfinished) await this.#dependencies.removal.carryOut({ id, workspaceId });
    report.deletionsFinished += unfinished.length;
  }

  /** The files that the store has of a workspace, and those of them that have no row. */
  async #compare(
    workspaceId: string,
    report: SweepReport,
  ): Promise<{ readonly stored: ReadonlySet<string>; readonly orphans: readonly Stored[] }> {
    const stored = new Set<string>();
    const orphans: Stored[] = [];
    let batch: Stored[] = [];
    const look = async () => {
      const known = new Map(batch.map((file) => [file.sha256, file]));
      const uncounted = await this.#inWorkspace(workspaceId, (tx) => listUncounted(tx, [...known.keys()]));
      for (const file of uncounted.map((sha256) => known.get(sha256))) if (file !== undefined) orphans.push(file);
      batch = [];
    };
    for await (const file of this.#dependencies.blobs.listStored(workspaceId)) {
      // A file of somebody else's is not looked at.
      if (!IS_HASH.test(file.sha256)) continue;
      stored.add(file.sha256);
      batch.push(file);
      if (batch.length === FILES_AT_A_TIME) await look();
    }
    if (batch.length > 0) await look();
    report.files += stored.size;
    report.orphans += orphans.length;
    return { stored, orphans };
  }

  async #removeOrphans(
    workspaceId: string,
    orphans: readonly Stored[],
    report: SweepReport,
    remove: RemoveFile = this.#purgeFile,
  ): Promise<void> {
    const before = this.#graceBegin();
    const all = orphans.map(({ sha256 }) => sha256);
    const old = new Map(orphans.filter(({ storedAt }) => storedAt < before).map((file) => [file.sha256, file]));
    const removable = await this.#inWorkspace(workspaceId, async (tx) => {
      if (!report.isDryRun) {
        await forgetOtherOrphans(tx, all);
        await recordOrphans(tx, all, new Date());
      }
      return await listOrphansSeenBefore(tx, [...old.keys()], before);
    });
    for (const sha256 of removable) {
      const file = old.get(sha256);
      if (file !== undefined) report.orphansRemoved += await this.#purge(workspaceId, file, report, remove);
    }
  }

  readonly #purgeFile: RemoveFile = async (key) => (await this.#dependencies.blobs.purge(key)).filesRemoved;

  /** Removes a file that nothing refers to, unless something does now; gives how many that are. */
  async #purge(
    workspaceId: string,
    { sha256, sizeBytes }: Pick<Stored, 'sha256' | 'sizeBytes'>,
    report: SweepReport,
    remove: RemoveFile = this.#purgeFile,
  ): Promise<number> {
    const { rate, observeRun } = this.#dependencies;
    if (report.isDryRun) {
      report.bytesReclaimed += sizeBytes;
      return 1;
    }
    await rate.take();
    const files = await remove({ workspaceId, sha256 });
    const bytes = files * sizeBytes;
    report.bytesReclaimed += bytes;
    observeRun({ removed: { files, bytes } });
    return files;
  }

  async #findMissing(workspaceId: string, stored: ReadonlySet<string>, report: SweepReport): Promise<void> {
    let after = '';
    for (;;) {
      const from = after;
      const page = await this.#inWorkspace(workspaceId, (tx) => listReferenced(tx, from, FILES_AT_A_TIME));
      for (const sha256 of page.filter((each) => !stored.has(each))) {
        // It may have been stored since the store was listed.
        if (await this.#dependencies.blobs.exists({ workspaceId, sha256 })) continue;
        report.addMissing(`${workspaceId}/${sha256}`);
      }
      after = page.at(-1) ?? '';
      if (page.length < FILES_AT_A_TIME) return;
    }
  }

  #logReport(report: SweepReport): void {
    const { logger } = this.#dependencies;
    const { isDryRun } = report;
    if (report.missing > 0) {
      const { missing, missingKeys } = report;
      logger.error(
        { missing, missingKeys },
        'files that rows refer to are not in the store: restore them from a backup',
      );
    }
    logger.info({ report }, isDryRun ? 'swept, without removing anything' : 'swept');
  }

  #graceBegin(): Date {
    return new Date(Date.now() - this.#dependencies.graceHours * MILLISECONDS_PER_HOUR);
  }

  #inWorkspace<T>(workspaceId: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#dependencies.database.transaction({ workspaceId }, work);
  }
}
