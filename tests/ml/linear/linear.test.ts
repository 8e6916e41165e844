import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Task } from '../../../src/ml/task.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { numbers, request, table, texts, train } from '../made-tables.ts';

interface Reference {
  readonly a: number[];
  readonly b: number[];
  readonly c: number[];
  readonly trainRows: number;
  readonly number: number[];
  readonly binary: number[];
  readonly several: number[];
  readonly ridge: number[];
  readonly leastSquares: number[];
  readonly logistic: number[][];
  readonly balancedLogistic: number[][];
  readonly softmax: number[][];
}
const reference: Reference = JSON.parse(readFileSync(new URL('../reference/linear.json', import.meta.url), 'utf8'));

const data = table(
  numbers('a', reference.a),
  numbers('b', reference.b),
  texts(
    'c',
    reference.c.map((code) => `level ${code}`),
  ),
  numbers('number', reference.number),
  numbers('binary', reference.binary),
  numbers('several', reference.several),
);

function predictLast(target: string, task: Task, parameters: object): number[] {
  const wanted = request(data, target, task, 'LINEAR', ['a', 'b', 'c'], parameters as Record<string, unknown>);
  const { trained } = train({ ...wanted, split: { strategy: 'LAST', testFraction: 0.2, column: null, seed: 0 } });
  expect(trained.trainRows).toBe(reference.trainRows);
  const predictions = predictTable(parseModel(trained.modelBytes), data);
  const outputs = predictions.task === 'CLASSIFICATION' ? predictions.probabilities : predictions.values;
  return [...outputs.slice(reference.trainRows * (outputs.length / data.rowCount))];
}

function expectClose(actual: readonly number[], wanted: readonly number[], digits: number): void {
  expect(actual.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(actual[i]).toBeCloseTo(value, digits);
}

describe('predicts as scikit-learn', () => {
  test('ridge regression equals that of scikit-learn', () => {
    expectClose(predictLast('number', 'REGRESSION', { l2: 2 }), reference.ridge, 8);
  });

  test('least squares equals that of scikit-learn', () => {
    expectClose(predictLast('number', 'REGRESSION', { l2: 0 }), reference.leastSquares, 8);
  });

  test('logistic regression equals that of scikit-learn', () => {
    expectClose(predictLast('binary', 'CLASSIFICATION', { l2: 2 }), reference.logistic.flat(), 5);
  });

  test('logistic regression with balanced classes equals that of scikit-learn', () => {
    const probabilities = predictLast('binary', 'CLASSIFICATION', { l2: 2, classWeight: 'BALANCED' });
    // Its probabilities are of classes that have equally many rows; ours are of the classes as they are.
    const positives = reference.binary.slice(0, reference.trainRows).filter((value) => value === 1).length;
    const share = positives / reference.trainRows;
    const wanted = reference.balancedLogistic.map(([no = 0, yes = 0]) => {
      const sum = no * (1 - share) + yes * share;
      return [(no * (1 - share)) / sum, (yes * share) / sum];
    });
    expectClose(probabilities, wanted.flat(), 5);
  });

  test('multinomial logistic regression equals that of scikit-learn', () => {
    expectClose(predictLast('several', 'CLASSIFICATION', { l2: 2 }), reference.softmax.flat(), 3);
  });
});

test('columns that are copies of one another do not disturb least squares', () => {
  const rows = Array.from({ length: 50 }, (_, i) => i);
  const doubled = table(
    numbers('x', rows),
    numbers(
      'copy',
      rows.map((i) => 3 * i + 1),
    ),
    texts(
      'kind',
      rows.map((i) => (i % 2 === 0 ? 'even' : 'odd')),
    ),
    texts(
      'sameKind',
      rows.map((i) => (i % 2 === 0 ? 'e' : 'o')),
    ),
    numbers(
      'target',
      rows.map((i) => 5 * i + (i % 2)),
    ),
  );
  const { trained } = train(
    request(doubled, 'target', 'REGRESSION', 'LINEAR', ['x', 'copy', 'kind', 'sameKind'], { l2: 0 }),
  );
  expect(trained.metrics.task === 'REGRESSION' && trained.metrics.rmse!).toBeLessThan(1e-6);
});

test('more columns than rows, and more than Newton takes, are fitted too', () => {
  const columns = Array.from({ length: 60 }, (_, j) =>
    numbers(
      `x${j}`,
      Array.from({ length: 40 }, (_, i) => Math.sin(i * (j + 1))),
    ),
  );
  const wide = table(
    ...columns,
    texts(
      'target',
      Array.from({ length: 40 }, (_, i) => (Math.sin(i) > 0 ? 'up' : 'down')),
    ),
  );
  const { trained } = train(
    request(
      wide,
      'target',
      'CLASSIFICATION',
      'LINEAR',
      columns.map((column) => column.name),
    ),
  );
  expect(trained.metrics.task === 'CLASSIFICATION' && trained.metrics.accuracy).toBe(1);
  expect(trained.warnings.filter((warning) => warning.includes('converged'))).toEqual([]);
});

test('a fit that is cut short says so', () => {
  const { trained } = train(
    request(data, 'several', 'CLASSIFICATION', 'LINEAR', ['a', 'b', 'c'], { maxIterations: 1 }),
  );
  expect(trained.warnings.filter((warning) => warning.includes('converged'))).toEqual([
    'the weights had not converged after 1 iterations; a larger maxIterations or l2 may help',
  ]);
});
