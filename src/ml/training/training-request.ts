import type { CellReading } from '../../runtime/values/cells.ts';
import type { Table } from '../../tabular/types/column.ts';
import type { SearchPlan } from '../auto/plan/executed-plan.ts';
import type { MonotoneConstraint } from '../monotone/monotone-constraint.ts';
import type { Parameters } from '../parameters/parameter-spec.ts';
import type { ColumnFormat } from '../preprocessing/features.ts';
import type { AlgorithmName } from '../registry.ts';
import { excludesSplitColumn, type SplitRequest } from '../split/split.ts';
import type { Task } from '../task.ts';

/** What to train, on what. */
export interface TrainingRequest {
  readonly table: Table;
  /** A column's name. */
  readonly target: string;
  readonly task: Task;
  /** Names of columns, in the order in which the model lists them. */
  readonly features: readonly string[];
  readonly algorithm: AlgorithmName;
  /** As resolveParameters returns them. */
  readonly parameters: Parameters;
  readonly split: SplitRequest;
  /** Whether the model that is delivered is to be fitted to all rows, the test rows too; left out: not. */
  readonly refit?: boolean;
  /** The label that the figures of one of two labels speak of; null or left out: see positiveClass. */
  readonly positiveClass?: string | null;
  /** Left out: none. */
  readonly monotone?: readonly MonotoneConstraint[];
  /** A column of numbers from 0, by which rows count in fitting; null or left out: all alike. */
  readonly weightColumn?: string | null;
  /** Of AUTO: what an earlier training did, to do the same again; null or left out: it finds its own way. */
  readonly plan?: SearchPlan | null;
  /** Names of the table's timestamp columns, features or not: used to check whether its rows are in time order. */
  readonly timestampColumns?: readonly string[];
  /** How the table's file is written, for the model to read new values of it in the same way. */
  readonly formats?: {
    /** Of the columns that are not written plainly. */
    readonly columns: readonly ColumnFormat[];
    /** How its cells are read, and what stands for "no value" in it. */
    readonly reading: CellReading;
  };
}

/** A column that assigns rows to the training or test set, or to a group, is not a feature. */
export function featureNames(request: TrainingRequest): readonly string[] {
  return excludesSplitColumn(request.split.strategy)
    ? request.features.filter((name) => name !== request.split.column)
    : request.features;
}
