import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALGORITHM_NAMES } from '../../src/ml/registry.ts';
import { SplitError } from '../../src/ml/split/split.ts';
import { TrainingDataError } from '../../src/ml/train-model.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { predictTable } from '../../src/runtime/predict/predict.ts';
import { expectHonestMetrics } from './evaluation/expect-honest-metrics.ts';
import { numbers, request, table, texts, train } from './made-tables.ts';

const number = fc.oneof(
  fc.constant(null),
  fc.integer({ min: -2, max: 2 }),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.constantFrom(Number.POSITIVE_INFINITY, -0, 1e15),
);
const text = fc.oneof(
  fc.constant(null),
  fc.constantFrom('a', 'b', 'c', ''),
  fc.string({ maxLength: 3, unit: 'binary' }),
);

/** A small table: two numbers, two texts, and a target of either kind. */
const anyTable = fc.integer({ min: 1, max: 40 }).chain((rowCount) => {
  const column = <T>(cell: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.oneof(
      fc.array(cell, { minLength: rowCount, maxLength: rowCount }),
      cell.map((value) => new Array<T>(rowCount).fill(value)),
    );
  return fc.record({ x: column(number), y: column(number), kind: column(text), label: column(text) });
});

const limits = fc.record({
  minSamplesLeaf: fc.integer({ min: 1, max: 6 }),
  maxDepth: fc.integer({ min: 1, max: 6 }),
  maxBins: fc.constantFrom(2, 3, 255),
});

test.each(ALGORITHM_NAMES)('%s on any table: a usable model, or an error for the user', (algorithm) => {
  const isTree = ['DECISION_TREE', 'RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING'].includes(algorithm);
  fc.assert(
    fc.property(anyTable, limits, fc.constantFrom('y', 'label'), (cells, treeLimits, target) => {
      const data = table(
        numbers('x', cells.x),
        numbers('y', cells.y),
        texts('kind', cells.kind),
        texts('label', cells.label),
      );
      const task = target === 'y' ? 'REGRESSION' : 'CLASSIFICATION';
      const features = ['x', 'y', 'kind', 'label'].filter((name) => name !== target);
      const trees =
        algorithm === 'GRADIENT_BOOSTING' ? { trees: 4, l2: 0 } : algorithm === 'RANDOM_FOREST' ? { trees: 4 } : {};
      const parameters = isTree
        ? { ...treeLimits, ...trees }
        : algorithm === 'LINEAR'
          ? { l2: 0, maxIterations: 20 }
          : algorithm === 'AUTO'
            ? { maxCandidates: 5 }
            : {};
      try {
        const { trained } = train(request(data, target, task, algorithm, features, parameters));
        expectHonestMetrics(trained.metrics);
        expectHonestMetrics(trained.baseline);
        const predictions = predictTable(parseModel(trained.modelBytes), data);
        const outputs = predictions.task === 'CLASSIFICATION' ? predictions.probabilities : predictions.values;
        expect(outputs.every(Number.isFinite)).toBe(true);
      } catch (error) {
        if (!(error instanceof TrainingDataError || error instanceof SplitError)) throw error;
      }
    }),
    { numRuns: 150 },
  );
});
