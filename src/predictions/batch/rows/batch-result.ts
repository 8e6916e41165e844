import {
  addCounts,
  type ColumnDrift,
  columnDrift,
  emptyCounts,
  type GroupCounts,
} from '../../../ml/drift/column-drift.ts';
import type { Model } from '../../../runtime/model.ts';
import type { ColumnProfile } from '../../../runtime/training-profile.ts';
import { percentText } from '../../../runtime/values/percent-text.ts';
import type { PredictionWarning } from '../../check-rows.ts';
import { type ChunkResult, PREVIEW_ROWS, type PreviewRow } from './chunk-predictor.ts';
import type { TestedRows } from './tested-rows.ts';

/** Adds up what comes of the parts of a file. */
export class BatchTotals {
  rows = 0;
  readonly preview: PreviewRow[] = [];
  readonly #model: Model;
  readonly #profiles: readonly ColumnProfile[];
  readonly #counts: readonly GroupCounts[];
  readonly #unreadable: number[] = [];

  constructor(model: Model, predictionProfile: ColumnProfile | null) {
    this.#model = model;
    this.#profiles = [...(model.profile ?? []), ...(predictionProfile === null ? [] : [predictionProfile])];
    this.#counts = this.#profiles.map(emptyCounts);
  }

  add({ rows, counts, unreadable, preview }: ChunkResult): void {
    for (const row of preview) {
      if (this.preview.length < PREVIEW_ROWS) this.preview.push({ ...row, row: this.rows + row.row });
    }
    this.rows += rows;
    for (const [column, total] of this.#counts.entries()) addCounts(total, counts[column]!);
    for (const [column, count] of unreadable.entries()) {
      this.#unreadable[column] = (this.#unreadable[column] ?? 0) + count;
    }
  }

  /** Of each column that the model reads, then of the prediction; null where the model's file has no profile. */
  drift(): readonly ColumnDrift[] | null {
    if (this.#model.profile === undefined) return null;
    return this.#profiles.map((profile, column) => columnDrift(profile, this.#counts[column]!));
  }

  /** What is remarkable about the values that the model was given. */
  warnings(): readonly PredictionWarning[] {
    const names = [...new Set(this.#model.features.map(({ name }) => name))];
    return names.flatMap((column, index) => {
      const counts = this.#counts[index];
      const profile = this.#profiles[index];
      return [
        ...unreadableWarning(column, (this.#unreadable[index] ?? 0) / Math.max(1, this.rows)),
        ...(counts === undefined || profile === undefined ? [] : valueWarnings(profile, counts, this.rows)),
      ];
    });
  }
}

function unreadableWarning(column: string, share: number): PredictionWarning[] {
  if (share === 0) return [];
  const message = `In ${percentText(share)} of the rows the value cannot be read as in the training data; it counts as missing.`;
  return [{ column, code: 'UNREADABLE_VALUE', message }];
}

function valueWarnings(profile: ColumnProfile, counts: GroupCounts, rows: number): PredictionWarning[] {
  const { name: column, missing: missingBefore } = profile;
  const warnings: PredictionWarning[] = [];
  const hadMissing = 'hasMissing' in profile ? profile.hasMissing : missingBefore > 0;
  if (counts.missing > 0 && !hadMissing) {
    const message = `In ${percentText(counts.missing / Math.max(1, rows))} of the rows the value is missing, which it was in no training row.`;
    warnings.push({ column, code: 'MISSING_VALUE', message });
  }
  // Numbers beyond those of the training are told by the drift alone: a few are to be expected.
  if (counts.unseen > 0 && !('bounds' in profile)) {
    const message = `In ${percentText(counts.unseen / Math.max(1, rows))} of the rows the value was not among the training rows, or too rarely to learn from; it counts as any other rare value.`;
    warnings.push({ column, code: 'UNSEEN_VALUE', message });
  }
  return warnings;
}

/** What is to be said about the rows by which the predictions were judged. */
export function testWarnings(column: string, tested: TestedRows, areToldApart: boolean): PredictionWarning[] {
  const warnings: PredictionWarning[] = [];
  if (tested.leftOut > 0) {
    const message = `${tested.leftOut} of ${tested.known} rows with a target are left out of the metrics: the model was trained on them.`;
    warnings.push({ column, code: 'TRAINING_ROWS', message });
  }
  if (!areToldApart) {
    const message =
      'It is not known which of these rows the model was trained on: all of them count, and the metrics may be too good.';
    warnings.push({ column, code: 'TRAINING_ROWS_UNKNOWN', message });
  }
  if (tested.isSample) {
    warnings.push({ column, code: 'SAMPLED_ROWS', message: 'The metrics are those of every n-th of the many rows.' });
  }
  return warnings;
}
