import type { ModelFeature } from '../../runtime/model.ts';
import type { NumberRange } from '../../runtime/training-profile.ts';
import type { Task } from '../task.ts';
import type { TargetNumbers } from './target/target-numbers.ts';

/** What the training rows are in a column of numbers or dates. */
export interface ColumnRange {
  readonly name: string;
  readonly hasMissing: boolean;
  /** Null where all are missing. */
  readonly range: Pick<NumberRange, 'min' | 'max'> | null;
}

/**
 * What was fitted before the shards were written, and what becomes of a rank's trees: a split `code < t` of feature f is, in the model file,
 * for a number a split at bin ceil(t) - 1 of `edges[f]`, and for a category the set of orders[f][c] for all c < t. It stays with the coordinator.
 */
export interface ShardPreparation {
  readonly task: Task;
  /** In the order of their numbers; empty for numbers. */
  readonly labels: readonly string[];
  /** In the order of the codes of a row. */
  readonly features: readonly ModelFeature[];
  /** For each feature its edges, ascending, at most 254; empty for a category of codes. The code of a number is its bin. */
  readonly edges: readonly Float64Array[];
  /** For each category of codes, by its code in the shards, its code in the model ("other" included); null for numbers. */
  readonly orders: readonly (Uint8Array | null)[];
  /** See TrainingSet; null: no feature is constrained. */
  readonly directions: Int8Array | null;
  /** For each label its rows among those to train on (validation included), by weight; for numbers the sum of their weights alone. */
  readonly weightOfLabels: readonly number[];
  /** For each label by what the weights of its rows are multiplied in the shards (classWeight BALANCED); null: each by 1. */
  readonly labelFactors: readonly number[] | null;
  /** The numbers to predict; null for labels. */
  readonly numbers: TargetNumbers | null;
  readonly trainRows: number;
  /** Of those, the rows held out for early stopping. */
  readonly validationRows: number;
  readonly testRows: number;
  readonly ranges: readonly ColumnRange[];
  readonly warnings: readonly string[];
}
