import type { ModelFeature } from '../model.ts';
import { DAYS_SINCE } from '../values/date-parts.ts';

/**
 * What the predictor reads: columns as they came from a file or from an application's rows. The types are structural,
 * so that a table of the training side fits without this folder knowing it.
 */

interface AnyInputColumn {
  readonly name: string;
  /** The dates that days are counted from; null if that column is absent. Left out where no feature counts days. */
  readonly since?: InputColumn | null;
}

/** Numbers, one for each row; a missing value is NaN. Dates are milliseconds since 1970 in UTC. */
interface InputNumberColumn extends AnyInputColumn {
  readonly storage: 'number';
  readonly values: Float64Array;
}

/** Codes, one for each row, into `labels`; a missing value is -1. */
interface InputLabelColumn extends AnyInputColumn {
  readonly storage: 'label';
  readonly codes: Int32Array;
  readonly labels: readonly string[];
}

/** Texts, one for each row; a missing one is null. Tables of files hold labels instead. */
interface InputTextColumn extends AnyInputColumn {
  readonly storage: 'text';
  readonly values: readonly (string | null)[];
}

export type InputColumn = InputNumberColumn | InputLabelColumn | InputTextColumn;

/** Columns of equal length. */
export interface InputTable {
  readonly rowCount: number;
  readonly columns: readonly InputColumn[];
}

/** For each feature its column; null for one that is absent. */
export function columnsOf(
  features: readonly ModelFeature[],
  columns: readonly InputColumn[],
): readonly (InputColumn | null)[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  return features.map((feature) => {
    const column = byName.get(feature.name) ?? null;
    if (column === null || feature.kind !== 'DATETIME' || feature.part !== DAYS_SINCE) return column;
    return { ...column, since: byName.get(feature.since.name) ?? null };
  });
}
