import { resolveParameters } from '../../src/ml/parameters/parameters.ts';
import { createRandom } from '../../src/ml/random.ts';
import type { AlgorithmName } from '../../src/ml/registry.ts';
import type { SplitRequest } from '../../src/ml/split/split.ts';
import { mapSteps, runToEnd } from '../../src/ml/steps.ts';
import type { Task } from '../../src/ml/task.ts';
import { type TrainedModel, type TrainingRequest, type TrainingStep, trainModel } from '../../src/ml/train-model.ts';
import type { Column, Table } from '../../src/tabular/types/column.ts';

/** A column of numbers; null is missing. */
export function numbers(name: string, values: readonly (number | null)[]): Column {
  return {
    storage: 'number',
    name,
    kind: 'NUMERIC',
    values: Float64Array.from(values, (value) => value ?? Number.NaN),
  };
}

/** A column of texts; null is missing. */
export function texts(name: string, values: readonly (string | null)[]): Column {
  const labels = [...new Set(values.filter((value) => value !== null))];
  const codeOf = new Map(labels.map((label, code) => [label, code]));
  const codes = Int32Array.from(values, (value) => (value === null ? -1 : codeOf.get(value)!));
  return { storage: 'label', name, kind: 'CATEGORICAL', codes, labels };
}

export function table(...columns: Column[]): Table {
  const [first] = columns;
  if (first === undefined) return { rowCount: 0, columns };
  return { rowCount: first.storage === 'number' ? first.values.length : first.codes.length, columns };
}

/**
 * A table with something of everything: two numbers (one with missing values), a category with missing and rare values, a
 * constant, and three targets that depend on them: `yes` (two labels), `size` (three labels) and `amount` (a number).
 */
export function mixedTable(rowCount: number, seed = 1): Table {
  const random = createRandom(seed);
  const rows = Array.from({ length: rowCount }, (_, row) => {
    const x = random.uniform() * 10;
    const y = random.uniform() < 0.15 ? null : random.uniform() * 4 - 2;
    const city = ['Bern', 'Lima', 'Oslo'][random.below(3)]!;
    const shift = { Bern: 3, Lima: -2, Oslo: 0 }[city]!;
    const amount = x + (y ?? 3) * 2 + shift + random.uniform();
    const place = random.uniform() < 0.05 ? null : random.uniform() < 0.03 ? `rare ${row}` : city;
    return { x, y, place, amount };
  });
  return table(
    numbers(
      'x',
      rows.map((row) => row.x),
    ),
    numbers(
      'y',
      rows.map((row) => row.y),
    ),
    texts(
      'place',
      rows.map((row) => row.place),
    ),
    numbers(
      'constant',
      rows.map(() => 7),
    ),
    texts(
      'yes',
      rows.map((row) => (row.amount > 6 ? 'yes' : 'no')),
    ),
    texts(
      'size',
      rows.map((row) => (row.amount > 9 ? 'large' : row.amount > 4 ? 'middle' : 'small')),
    ),
    numbers(
      'amount',
      rows.map((row) => row.amount),
    ),
  );
}

export const MIXED_FEATURES = ['x', 'y', 'place', 'constant'];

const EVERY_FIFTH: SplitRequest = { strategy: 'INTERLEAVED', testFraction: 0.2, column: null, seed: 0 };

/** A request with the usual split and the algorithm's default parameters but for those given. */
export function request(
  data: Table,
  target: string,
  task: Task,
  algorithm: AlgorithmName,
  features: readonly string[] = MIXED_FEATURES,
  parameters: Readonly<Record<string, unknown>> = {},
): TrainingRequest {
  return {
    table: data,
    target,
    task,
    features,
    algorithm,
    parameters: resolveParameters(algorithm, parameters),
    split: EVERY_FIFTH,
  };
}

/** Trains to the end, with all the steps on the way. */
export function train(wanted: TrainingRequest): { readonly steps: TrainingStep[]; readonly trained: TrainedModel } {
  const steps: TrainingStep[] = [];
  const trained = runToEnd(mapSteps(trainModel(wanted), (step) => steps.push(step)));
  return { steps, trained };
}
