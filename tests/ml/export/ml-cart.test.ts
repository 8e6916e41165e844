import fc from 'fast-check';
import { DecisionTreeClassifier, DecisionTreeRegression } from 'ml-cart';
import { describe, expect, test } from 'vitest';
import { exportToMlCart, nextAbove } from '../../../src/ml/export/ml-cart.ts';
import type { AlgorithmName } from '../../../src/ml/registry.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { LEAF, type Model, type TreesModel } from '../../../src/runtime/model.ts';
import { mixedTable, numbers, request, table, train } from '../made-tables.ts';
import { codeOfRefusal } from './code-of-refusal.ts';
import { finiteNumber, predictRows, preparedMatrix, type Rows, treeCase, treesModel } from './made-models.ts';

const NONE_MISSING: ReadonlySet<string> = new Set();

function written(model: Model, columnsWithMissing = NONE_MISSING): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(exportToMlCart(model, columnsWithMissing)));
}

function codeFor(model: Model, columnsWithMissing = NONE_MISSING): string {
  return codeOfRefusal(() => exportToMlCart(model, columnsWithMissing));
}

function expectTheSame(model: Model, rows: Rows): void {
  const library = model.labels === null ? DecisionTreeRegression : DecisionTreeClassifier;
  const loaded = library.load(written(model)).predict(preparedMatrix(rows, 0));
  const own = predictRows(model, rows);
  // Adding 0 turns -0, which JSON does not have, into 0.
  expect(loaded).toEqual(own.task === 'REGRESSION' ? [...own.values].map((value) => value + 0) : [...own.predicted]);
}

function trained(target: 'yes' | 'size' | 'amount', seed: number, algorithm: AlgorithmName = 'DECISION_TREE'): Model {
  const task = target === 'amount' ? 'REGRESSION' : 'CLASSIFICATION';
  const wanted = request(mixedTable(120, seed), target, task, algorithm, ['x'], { minSamplesLeaf: 2 });
  return parseModel(train(wanted).trained.modelBytes);
}

describe('a tree in the form of ml-cart predicts the same there', () => {
  test('random classification trees exported to ml-cart predict the same there', () => {
    fc.assert(fc.property(treeCase([2, 3, 5]), ({ model, rows }) => expectTheSame(model, rows)));
  });

  test('random regression trees exported to ml-cart predict the same there', () => {
    fc.assert(fc.property(treeCase([0]), ({ model, rows }) => expectTheSame(model, rows)));
  });

  test('trained trees exported to ml-cart predict the same there', () => {
    const target = fc.constantFrom('yes', 'size', 'amount');
    const numberOfRow = fc.double({ min: -5, max: 15, noNaN: true });
    const anyRows = fc.array(fc.tuple(numberOfRow), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(target, fc.nat(), anyRows, (of, seed, rows) => expectTheSame(trained(of, seed), rows)),
      { numRuns: 30 },
    );
  });
});

test('the file names features and labels, and is the same each time', () => {
  const model = trained('size', 1);
  expect(written(model)).toMatchObject({ name: 'DTClassifier', features: ['x'], labels: ['large', 'middle', 'small'] });
  expect(exportToMlCart(model, NONE_MISSING)).toEqual(exportToMlCart(trained('size', 1), NONE_MISSING));
  expect(written(trained('amount', 1))).toMatchObject({ name: 'DTRegression', features: ['x'] });
});

describe('what the form cannot carry is refused', () => {
  const data = mixedTable(200);
  const model = (target: string, features: readonly string[], algorithm: AlgorithmName): Model =>
    parseModel(train(request(data, target, 'CLASSIFICATION', algorithm, features)).trained.modelBytes);

  test('categories cannot be exported to ml-cart', () => {
    expect(codeFor(model('yes', ['x', 'place'], 'DECISION_TREE'))).toBe('CATEGORY_FEATURE');
  });

  test('missing values in a feature cannot be exported to ml-cart', () => {
    expect(codeFor(model('yes', ['x', 'y'], 'DECISION_TREE'), new Set(['y']))).toBe('MISSING_VALUES');
    expect(codeFor(model('yes', ['x'], 'DECISION_TREE'), new Set(['y']))).toBe('none');
  });

  test('splits on missing values cannot be exported to ml-cart', () => {
    const present = Array.from({ length: 40 }, (_, row) => row % 3 === 0);
    const rows = table(
      numbers(
        'x',
        present.map((is) => (is ? 1 : null)),
      ),
      numbers(
        'target',
        present.map((is) => (is ? 5 : 7)),
      ),
    );
    const { modelBytes } = train(request(rows, 'target', 'REGRESSION', 'DECISION_TREE', ['x'])).trained;
    expect(codeFor(parseModel(modelBytes))).toBe('MISSING_VALUES');
  });

  test.each(['BASELINE', 'LINEAR', 'GRADIENT_BOOSTING'] as const)(
    'a model is not exported to ml-cart: %s',
    (algorithm) => {
      expect(codeFor(model('yes', ['x'], algorithm))).toBe('ESTIMATOR_NOT_SUPPORTED');
    },
  );

  test('several trees cannot be exported to ml-cart', () => {
    const single = trained('yes', 1);
    const estimator: TreesModel = {
      ...treesModel({ leaf: [0, 1] }, [Float64Array.of(1)], 2),
      roots: Uint32Array.of(0, 1),
      nodeFeatures: Uint16Array.of(LEAF, LEAF),
      nodeSplits: new Uint32Array(2),
      nodeRights: new Uint32Array(2),
    };
    expect(codeFor({ ...single, estimator })).toBe('ESTIMATOR_NOT_SUPPORTED');
  });

  test('a tree too deep for recursion cannot be exported to ml-cart', () => {
    const levels = 1001;
    // Every node asks; its left child is a leaf and its right child the next question.
    const nodes = Array.from({ length: 2 * levels + 1 }, (_, node) => node);
    const isLeaf = (node: number): boolean => node % 2 === 1 || node === 2 * levels;
    const estimator: TreesModel = {
      ...treesModel({ leaf: [0.25, 0.75] }, [Float64Array.of(1)], 2),
      nodeFeatures: Uint16Array.from(nodes, (node) => (isLeaf(node) ? LEAF : 0)),
      nodeSplits: new Uint32Array(nodes.length),
      nodeRights: Uint32Array.from(nodes, (node) => (isLeaf(node) ? 0 : node + 2)),
    };
    expect(codeFor({ ...trained('yes', 1), estimator })).toBe('TOO_LARGE');
  });

  test('a tree whose text would be too large cannot be exported to ml-cart', () => {
    // One leaf of so many probabilities of 18 characters, each with a comma.
    const leafSize = 14_500_000;
    const estimator: TreesModel = {
      ...treesModel({ leaf: [0] }, [Float64Array.of(1)], 1),
      leafSize,
      leafValues: new Float64Array(leafSize).fill(1 / 3),
    };
    expect(codeFor({ ...trained('yes', 1), estimator })).toBe('TOO_LARGE');
  });
});

describe('the next number above', () => {
  test('there is no double between a number and the next one', () => {
    fc.assert(
      fc.property(finiteNumber, (value) => {
        const next = nextAbove(value);
        expect(next).toBeGreaterThan(value);
        const middle = value / 2 + next / 2;
        expect(middle === value || middle === next || value === 0 || !Number.isFinite(next)).toBe(true);
      }),
    );
  });

  test.each([
    [0, 5e-324],
    [-0, 5e-324],
    [-5e-324, -0],
    [1, 1 + Number.EPSILON],
    [Number.MAX_VALUE, Number.POSITIVE_INFINITY],
  ])('the next double after %d is %d', (value, next) => {
    expect(nextAbove(value)).toBe(next);
  });
});
