import type { Table } from '../../tabular/types/column.ts';
import type { Monotonicity } from '../monotone/constrain-features.ts';
import type { ColumnFormat } from '../preprocessing/features.ts';
import type { Target } from '../preprocessing/target.ts';

/** What the rows of folds are read from. */
export interface FoldSource {
  readonly table: Table;
  readonly targetName: string;
  readonly target: Target;
  /** How much each row of the table counts; null: all alike. */
  readonly rowWeights: Float64Array | null;
  /** What models keep to. */
  readonly monotonicity: Monotonicity;
  /** Of all training rows, in their order; empty for REGRESSION. */
  readonly labels: readonly string[];
  /** Names of the columns to learn from. */
  readonly columns: readonly string[];
  /** Of the columns that are not written plainly. */
  readonly formats: readonly ColumnFormat[];
}
