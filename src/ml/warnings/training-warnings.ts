import { cutValue } from '../../runtime/values/cut-value.ts';
import type { Column, Table } from '../../tabular/types/column.ts';
import type { TestRows } from '../evaluation/evaluate-model.ts';
import type { Target } from '../preprocessing/target.ts';
import type { RowSplit, SplitRequest } from '../split/split.ts';
import { duplicateWarnings } from './duplicate-warnings.ts';
import { groupLeakageWarnings } from './group-leakage-warnings.ts';
import { orderWarnings } from './order-warnings.ts';
import { targetWarnings } from './target-warnings.ts';

/** What of a training's request is warned about. */
export interface WarnedRequest {
  readonly table: Table;
  readonly target: string;
  readonly features: readonly string[];
  readonly timestampColumns?: readonly string[];
  readonly split: SplitRequest;
}

/** What can be said before anything is fitted. */
export function earlyWarnings(
  request: WarnedRequest,
  target: Target,
  split: RowSplit,
  columns: readonly Column[],
): string[] {
  const { table, features, timestampColumns = [] } = request;
  return [
    ...targetWarnings(request.target, target, split),
    ...duplicateWarnings(columns, target, split),
    ...groupLeakageWarnings(request.split.strategy, columns, target, split),
    ...orderWarnings(request.split.strategy, table, features, timestampColumns, split),
  ];
}

/** What can be said of the rows once they are split. */
export function dataWarnings(table: Table, { train, test }: RowSplit): string[] {
  const dropped = table.rowCount - train.length - test.length;
  if (dropped === 0) return [];
  return [`${dropped} ${dropped === 1 ? 'row without a target was' : 'rows without a target were'} left out`];
}

/** What can be said of labels that only test rows have. */
export function labelWarnings(target: Target, testSet: TestRows): string[] {
  const warnings: string[] = [];
  if (target.task === 'CLASSIFICATION' && testSet.task === 'CLASSIFICATION' && testSet.unknownLabels.length > 0) {
    const count = testSet.actual.filter((label) => label >= target.labels.length - testSet.unknownLabels.length).length;
    warnings.push(
      `${count} test rows have labels that no training row has: ${testSet.unknownLabels.slice(0, 10).map(cutValue).join(', ')}`,
    );
  }
  return warnings;
}
