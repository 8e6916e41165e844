import { SECOND_LABEL } from '../../../ml/evaluation/classifier-output.ts';
import { hasHash, type KnownRows } from '../../../ml/known-rows/known-rows.ts';
import { profileNumbers } from '../../../ml/training-profile.ts';
import type { Model } from '../../../runtime/model.ts';
import type { ColumnProfile } from '../../../runtime/training-profile.ts';
import { unpackKnownRows } from '../../../training/evaluations/known-rows-bytes.ts';
import { type StoredPredictions, unpackPredictions } from '../../../training/evaluations/test-predictions-bytes.ts';
import type { IsScored } from './tested-rows.ts';

/** Where more of the test rows than that are like a training row by chance, a hash proves nothing. */
const MAX_DUPLICATE_SHARE = 0.05;

/** What is known of the run that trained a model. */
export interface RunTest {
  /** Packed, of its test rows. */
  readonly predictions: Uint8Array;
  /** Packed. */
  readonly knownRows: Uint8Array | null;
  /** Whether the file is the very one that it was trained on. */
  readonly isSameFile: boolean;
  /** Whether the model has learned its test rows too; null for runs of before that was possible. */
  readonly refitted: boolean | null;
}

/** Which rows count for the metrics, and whether those that the model was trained on could be told from others. */
export interface ScoredRows {
  readonly isScored: IsScored;
  readonly areToldApart: boolean;
}

/** The test of the run that trained a model, as a batch needs it. */
export class OpenedRunTest {
  readonly #predictions: StoredPredictions | null;
  readonly #knownRows: KnownRows | null;
  readonly #isSameFile: boolean;
  readonly #isRefitted: boolean;

  /** `test`: null where it is gone. */
  constructor(test: RunTest | null) {
    this.#predictions = test && unpackPredictions(test.predictions);
    this.#knownRows = test?.knownRows ? unpackKnownRows(test.knownRows) : null;
    this.#isSameFile = test?.isSameFile ?? false;
    this.#isRefitted = test?.refitted ?? false;
  }

  /** The label, of two, that the figures of one label are about. */
  positiveOf({ labels }: Pick<Model, 'labels'>): number {
    const kept = this.#predictions;
    if (kept?.task !== 'CLASSIFICATION') return SECOND_LABEL;
    const position = labels?.indexOf(kept.labels[kept.positive ?? SECOND_LABEL]!) ?? -1;
    return position < 0 ? SECOND_LABEL : position;
  }

  /**
   * How the predictions were distributed on the test rows, by the model that had not seen them: under the name of the target.
   * Null where that is not known.
   */
  predictionProfile({ target: name, labels }: Pick<Model, 'target' | 'labels'>): ColumnProfile | null {
    const kept = this.#predictions;
    if (kept === null || kept.predicted.length === 0) return null;
    const { length: rows } = kept.predicted;
    if (kept.task === 'REGRESSION') return profileNumbers(name, 'NUMERIC', kept.predicted, 1);
    const counts = new Array<number>((labels?.length ?? 0) + 1).fill(0);
    // A model that was fitted again may have more labels than the one that was tested.
    const positionOf = kept.labels.map((label) => labels?.indexOf(label) ?? -1);
    for (const label of kept.predicted) counts[positionOf[label]!]! += 1;
    return { name, kind: 'CATEGORICAL', rows, missing: 0, counts };
  }

  /** Of the file that it was trained on the test rows, if it has not learned them; of others those that are none of its rows. */
  scoredRows(): ScoredRows {
    const testRows = this.#predictions?.rows ?? null;
    if (this.#isSameFile && testRows !== null) {
      const rows = new Set(this.#isRefitted ? [] : testRows);
      return { isScored: (row) => rows.has(row), areToldApart: true };
    }
    const known = this.#knownRows;
    if (known === null || known.duplicateShare > MAX_DUPLICATE_SHARE) {
      return { isScored: () => true, areToldApart: false };
    }
    return { isScored: (_, hash) => !hasHash(known.hashes, hash), areToldApart: true };
  }
}
