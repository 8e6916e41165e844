import type { ColumnOutline, DatasetRow } from '../../datasets/dataset.store.ts';
import type { TrainingSize } from '../../ml/cost-model.ts';
import type { PlannedRun } from '../runs/training-run.store.ts';

/** The size of a training before its rows are split, estimated from the profile of the dataset. */
export function trainingSizeOf(
  plan: Pick<PlannedRun, 'algorithm' | 'parameters' | 'features' | 'task' | 'target' | 'split' | 'refit'>,
  { rowCount }: Pick<DatasetRow, 'rowCount'>,
  columns: readonly Pick<ColumnOutline, 'name' | 'distinct'>[],
): TrainingSize {
  const target = columns.find(({ name }) => name === plan.target);
  const testRows = Math.round(rowCount * plan.split.testFraction);
  return {
    algorithm: plan.algorithm,
    parameters: plan.parameters,
    refit: plan.refit,
    trainRows: rowCount - testRows,
    testRows,
    features: plan.features.length,
    labels: plan.task === 'CLASSIFICATION' ? (target?.distinct ?? 0) : 0,
  };
}
