import type { ColumnOutline } from '../../datasets/dataset.store.ts';
import { badInput, InputErrors } from '../../errors.ts';
import { MONOTONE_LEARNERS, type MonotoneConstraint } from '../../ml/monotone/monotone-constraint.ts';
import type { AlgorithmName } from '../../ml/registry.ts';
import type { Task } from '../../ml/task.ts';
import { type Columns, requireColumn } from './plan-columns.ts';

/** What is planned of a training so far; null for what is invalid itself. */
interface PlannedSoFar {
  readonly target: ColumnOutline | null;
  readonly task: Task | null;
  readonly algorithm: AlgorithmName | null;
  readonly features: readonly string[] | null;
}

/**
 * The column of weights, checked as far as its profile tells. Throws BAD_USER_INPUT. `requested`: the features that the caller
 * names; by default the column is none of them.
 */
export function planWeightColumn(
  name: string | null,
  target: ColumnOutline | null,
  requested: readonly string[] | null,
  columns: Columns,
): string | null {
  if (name === null) return null;
  const argument = 'input.weightColumn';
  const column = requireColumn(argument, name, columns);
  if (column === target) {
    throw badInput(argument, 'The target cannot be the column of weights.', 'Name another column.');
  }
  if (requested?.includes(name)) {
    throw badInput(
      argument,
      `"${name}" is a feature, and cannot be the column of weights too.`,
      'Leave it out of one.',
    );
  }
  if (column.kind !== 'NUMERIC') {
    throw badInput(
      argument,
      `Rows are weighed by numbers from 0, and "${name}" is ${column.kind}.`,
      'Name a NUMERIC column, or set its kind to NUMERIC at the upload.',
    );
  }
  return name;
}

/** Throws BAD_USER_INPUT for constraints that cannot be kept; returns them without repetitions. */
export function planMonotone(
  constraints: readonly MonotoneConstraint[],
  { target, task, algorithm, features }: PlannedSoFar,
  columns: Columns,
): readonly MonotoneConstraint[] {
  if (constraints.length === 0) return [];
  const argument = 'input.monotone';
  const takes = `The algorithms that take it: ${MONOTONE_LEARNERS.join(', ')}.`;
  if (algorithm !== null && !MONOTONE_LEARNERS.some((name) => name === algorithm)) {
    throw badInput(argument, `${algorithm} takes no monotone constraints.`, takes);
  }
  if (task === 'CLASSIFICATION' && target !== null && target.distinct > 2) {
    throw badInput(
      argument,
      `Constraints are for numbers and for two labels; "${target.name}" has ${target.distinct}.`,
      'Leave monotone out, or choose another target.',
    );
  }
  const errors = new InputErrors();
  const directions = new Map<string, MonotoneConstraint['direction']>();
  for (const { column: name, direction } of constraints) {
    errors.collect(() => {
      checkConstrained(requireColumn(argument, name, columns), target, features);
      const before = directions.get(name) ?? direction;
      if (before !== direction) {
        throw badInput(argument, `"${name}" has two directions.`, 'Give it one: no prediction could differ by it.');
      }
      directions.set(name, direction);
    });
  }
  errors.throwIfAny();
  return Array.from(directions, ([column, direction]) => ({ column, direction }));
}

function checkConstrained(
  column: ColumnOutline,
  target: ColumnOutline | null,
  features: readonly string[] | null,
): void {
  const argument = 'input.monotone';
  const { name } = column;
  if (column === target) throw badInput(argument, 'The target cannot be constrained by itself.', 'Leave it out.');
  if (column.kind !== 'NUMERIC' && column.kind !== 'DATETIME') {
    throw badInput(
      argument,
      `Only NUMERIC and DATETIME columns have an order; "${name}" is ${column.kind}.`,
      'Leave it out, or set its kind at the upload.',
    );
  }
  if (features !== null && !features.includes(name)) {
    throw badInput(argument, `"${name}" is not a feature.`, 'Add it to the features, or leave it out of monotone.');
  }
}
