/** So many keys of missing files are told; `missing` counts them all. */
const MAX_LISTED_KEYS = 100;

/** What a sweep has found and done. With a dry run, what it would have done. */
export class SweepReport {
  readonly isDryRun: boolean;
  workspaces = 0;
  /** Workspaces that have files and no row. */
  unknownWorkspaces = 0;
  /** Workspaces that could not be swept. */
  failed = 0;
  /** Files of the store that were looked at. */
  files = 0;
  /** Files without a row. */
  orphans = 0;
  orphansRemoved = 0;
  /** Files whose last reference is gone, and whose removal was interrupted. */
  unreferencedRemoved = 0;
  bytesReclaimed = 0;
  /** Rows whose file is not in the store: these are only reported. */
  missing = 0;
  readonly missingKeys: string[] = [];
  /** What interrupted uploads have left in the store. */
  unfinishedUploads = 0;
  /** Deletions that another process had left undone. */
  deletionsFinished = 0;
  /** Old runs that were archived, or deleted, as TRAINING_RUN_TTL_DAYS says. */
  runsArchived = 0;
  runsDeleted = 0;
  /** Files of trainings on several hosts that had ended without removing them. */
  trainingFilesRemoved = 0;
  /** Deletions that ended more than 30 days ago. */
  deletionsForgotten = 0;

  constructor(isDryRun: boolean) {
    this.isDryRun = isDryRun;
  }

  addMissing(key: string): void {
    this.missing += 1;
    if (this.missingKeys.length < MAX_LISTED_KEYS) this.missingKeys.push(key);
  }
}
