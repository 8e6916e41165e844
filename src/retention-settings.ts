import { choice, flag, optional, setting, wholeNumber } from './setting.ts';

/** The settings of what is removed, and when, in the order of docs/settings.md. */
export const RETENTION_SETTINGS = {
  DATASET_TTL_DAYS: optional(
    wholeNumber(1, 36_500),
    'Days after which an unpinned dataset expires (`Dataset.expiresAt`). Unset: never.',
  ),
  DATASET_TTL_KEEPS_RUNS: setting(
    'false',
    flag,
    '`true` keeps the runs of expired datasets, with their metrics and models; otherwise they are deleted with the dataset.',
  ),
  TRAINING_RUN_TTL_DAYS: optional(
    wholeNumber(1, 36_500),
    'Days after its end from which the nightly sweep archives or deletes a run, unless its model is pinned or has an alias, or its dataset is pinned. Unset: never.',
  ),
  TRAINING_RUN_TTL_ACTION: setting(
    'archive',
    choice(['archive', 'delete']),
    'What happens to a run after TRAINING_RUN_TTL_DAYS: `archive` hides it from lists and from the history, and keeps everything; `delete` removes it with its model.',
  ),
  BATCH_PREDICTION_TTL_DAYS: optional(
    wholeNumber(1, 36_500),
    'Days after its end from which a batch prediction is deleted with its file (`BatchPrediction.expiresAt`). Unset: never.',
  ),
  ORPHAN_GRACE_HOURS: setting(
    '72',
    wholeNumber(1, 8_760),
    'Hours after which the nightly sweep removes a file without a row in the database, counted from the sweep that first finds it.',
  ),
  MAX_FILE_REMOVALS_PER_SECOND: setting(
    '100',
    wholeNumber(1, 100_000),
    'Files that a process removes per second, on average, for deleted and expired datasets and in the nightly sweep, so that the file store serves others meanwhile.',
  ),
  RESTORE_WINDOW_DAYS: setting(
    '0',
    wholeNumber(0, 3_650),
    'Days for which a deleted dataset can be restored; its files stay until then. 0: it is removed at once.',
  ),
} as const;
