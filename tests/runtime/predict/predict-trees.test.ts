import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createRandom, type Random } from '../../../src/ml/random.ts';
import { LEAF, type Model, type ModelFeature, type TreesModel } from '../../../src/runtime/model.ts';
import { createBinFinder, createBinWriter } from '../../../src/runtime/predict/bin-finder.ts';
import { binOf } from '../../../src/runtime/predict/encode-features.ts';
import type { InputColumn, InputTable } from '../../../src/runtime/predict/input-column.ts';
import { bindModel, predictTable } from '../../../src/runtime/predict/predict.ts';
import { createRowPredictor } from '../../../src/runtime/predict/predict-row.ts';
import { tableFromRows } from '../../../src/runtime/predict/rows-to-table.ts';
import { softmaxInPlace } from '../../../src/runtime/predict/softmax.ts';
import { treeInstance } from '../../../src/runtime/predict/tree-instance.ts';
import { currentReading } from '../../../src/runtime/values/cells.ts';

type Nodes = { features: number[]; splits: number[]; rights: number[]; sets: number[]; leaves: number[] };

/** Grows a tree of any shape: a node has a question with some chance, down to `depth` levels. */
function growTree(
  nodes: Nodes,
  model: Pick<Model, 'features'>,
  edges: readonly Float64Array[],
  depth: number,
  random: Random,
) {
  const at = nodes.features.length;
  if (depth === 0 || random.uniform() < 0.15) {
    nodes.features.push(LEAF);
    nodes.splits.push(0);
    nodes.rights.push(nodes.leaves.push(random.uniform() - 0.5) - 1);
    return;
  }
  const f = random.below(edges.length);
  const feature = model.features[f]!;
  nodes.features.push(f);
  nodes.rights.push(0);
  if (feature.kind === 'CATEGORY') {
    nodes.splits.push(nodes.sets.length);
    const words = Math.ceil((feature.categories.length + 2) / 32);
    for (let word = 0; word < words; word++) nodes.sets.push(random.uint32());
  } else {
    nodes.splits.push(2 * random.below(edges[f]!.length + 1) + random.below(2));
  }
  growTree(nodes, model, edges, depth - 1, random);
  nodes.rights[at] = nodes.features.length;
  growTree(nodes, model, edges, depth - 1, random);
}

function anyModel(
  seed: number,
  depth: number,
  labelCount: number,
  edgeCount: number,
): Model & { estimator: TreesModel } {
  const random = createRandom(seed);
  const features = Array.from({ length: 1 + random.below(6) }, (_, f): ModelFeature => {
    const name = `f${f}`;
    if (random.uniform() < 0.5) return { name, kind: 'NUMBER' };
    return { name, kind: 'CATEGORY', categories: Array.from({ length: random.below(80) }, (_, c) => `c${c}`) };
  });
  const edges = features.map((feature) =>
    feature.kind === 'CATEGORY'
      ? new Float64Array(0)
      : Float64Array.from(
          new Set(Array.from({ length: random.below(edgeCount + 1) }, () => random.below(1000) / 8)),
        ).sort(),
  );
  const nodes: Nodes = { features: [], splits: [], rights: [], sets: [], leaves: [] };
  const roots = Array.from({ length: 1 + random.below(12) }, () => {
    const root = nodes.features.length;
    growTree(nodes, { features }, edges, random.below(depth + 1), random);
    return root;
  });
  const margins = labelCount > 2 ? labelCount : 1;
  return {
    task: labelCount === 0 ? 'REGRESSION' : 'CLASSIFICATION',
    algorithm: 'GRADIENT_BOOSTING',
    target: 'y',
    labels: labelCount === 0 ? null : Array.from({ length: labelCount }, (_, k) => `label ${k}`),
    features,
    reading: currentReading(),
    estimator: {
      kind: 'TREES',
      combine: 'MARGINS',
      leafSize: 1,
      startMargins: Float64Array.from({ length: margins }, () => random.uniform()),
      edges,
      roots: Uint32Array.from(roots),
      nodeFeatures: Uint16Array.from(nodes.features),
      nodeSplits: Uint32Array.from(nodes.splits),
      nodeRights: Uint32Array.from(nodes.rights),
      categorySets: Uint32Array.from(nodes.sets),
      leafValues: Float64Array.from(nodes.leaves),
    },
  };
}

/** Numbers at, between and beyond the edges, missing ones, categories, unseen texts. */
function anyTable(model: Model, rowCount: number, random: Random): InputTable {
  const columns = model.features.map((feature): InputColumn => {
    const { name } = feature;
    if (feature.kind === 'CATEGORY') {
      const labels = [...feature.categories, 'never seen'];
      return {
        storage: 'label',
        name,
        codes: Int32Array.from({ length: rowCount }, () => random.below(labels.length + 1) - 1),
        labels,
      };
    }
    const values = Float64Array.from({ length: rowCount }, () =>
      random.uniform() < 0.15
        ? [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300][random.below(4)]!
        : random.below(1100) / 8 + random.below(2) / 16,
    );
    return { storage: 'number', name, values };
  });
  return { rowCount, columns };
}

/** Margins as docs/model-format.md says, node by node. */
function walkedMargins(
  { features, estimator }: Model & { estimator: TreesModel },
  table: InputTable,
  row: number,
): Float64Array {
  const bins = features.map((feature, f) => {
    const column = table.columns[f]!;
    if (feature.kind === 'CATEGORY') {
      if (column.storage !== 'label') throw new Error('a category comes as labels');
      const code = column.codes[row]!;
      return code < 0 ? feature.categories.length + 1 : code;
    }
    if (column.storage !== 'number') throw new Error('a number comes as numbers');
    const value = column.values[row]!;
    const edges = estimator.edges[f]!;
    return Number.isFinite(value) ? edges.filter((edge) => edge < value).length : edges.length + 1;
  });
  const margins = estimator.startMargins.slice();
  for (const [tree, root] of estimator.roots.entries()) {
    let node = root;
    while (estimator.nodeFeatures[node] !== LEAF) {
      const f = estimator.nodeFeatures[node]!;
      const split = estimator.nodeSplits[node]!;
      const bin = bins[f]!;
      let isLeft = bin <= split >>> 1;
      if (features[f]!.kind === 'CATEGORY') {
        isLeft = ((estimator.categorySets[split + (bin >>> 5)]! >>> (bin & 31)) & 1) === 1;
      } else if (bin === estimator.edges[f]!.length + 1) isLeft = (split & 1) === 1;
      node = isLeft ? node + 1 : estimator.nodeRights[node]!;
    }
    margins[tree % margins.length]! += estimator.leafValues[estimator.nodeRights[node]!]!;
  }
  return margins;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('boosted trees', () => {
  test('of any shape predict the same bits for many rows, a few, and node by node', () => {
    const shapes = fc.record({
      seed: fc.nat(),
      depth: fc.integer({ min: 0, max: 9 }),
      labelCount: fc.constantFrom(0, 0, 3),
      edgeCount: fc.constantFrom(0, 1, 20, 254),
      rowCount: fc.constantFrom(1, 33, 300, 511, 512, 513, 640, 1100),
    });
    fc.assert(
      fc.property(shapes, ({ seed, depth, labelCount, edgeCount, rowCount }) => {
        const model = anyModel(seed, depth, labelCount, edgeCount);
        const table = anyTable(model, rowCount, createRandom(seed + 1));
        const expected = Array.from({ length: rowCount }, (_, row) => {
          const margins = walkedMargins(model, table, row);
          if (labelCount > 0) softmaxInPlace(margins, 0, labelCount);
          return [...margins];
        }).flat();
        const predictions = predictTable(model, table);
        const outputs = predictions.task === 'CLASSIFICATION' ? predictions.probabilities : predictions.values;
        expect([...outputs]).toEqual(expected);
        const last = bindModel(model, table)(Int32Array.of(rowCount - 1));
        const width = Math.max(1, labelCount);
        expect([...(last.task === 'CLASSIFICATION' ? last.probabilities : last.values)]).toEqual(
          expected.slice(-width),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('of many rows are asked in compiled loops, one model after the other in the same memory', () => {
    expect(treeInstance()).not.toBeNull();
    const models = [anyModel(3, 6, 0, 254), anyModel(5, 8, 3, 20), anyModel(8, 2, 0, 254)];
    const bound = models.map((model, m) => {
      const table = anyTable(model, 600, createRandom(m));
      return { model, table, predict: bindModel(model, table) };
    });
    const rows = Int32Array.from({ length: 600 }, (_, row) => row);
    const first = bound.map(({ predict }) => predict(rows));
    for (const [m, { model, table, predict }] of [...bound.entries()].reverse()) {
      expect(predict(rows)).toEqual(first[m]);
      expect(first[m]).toEqual(predictTable(model, table));
    }
  });

  test('of many rows are walked, to the same bits, where WebAssembly is not there', async () => {
    const model = anyModel(5, 8, 3, 20);
    const table = anyTable(model, 700, createRandom(6));
    const expected = predictTable(model, table);
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    try {
      const without = await import('../../../src/runtime/predict/predict.ts');
      expect(without.predictTable(model, table)).toEqual(expected);
      const instance = await import('../../../src/runtime/predict/tree-instance.ts');
      expect(instance.treeInstance()).toBeNull();
    } finally {
      // Other files share the modules of this process: they are not to get those that found no WebAssembly.
      vi.unstubAllGlobals();
      vi.resetModules();
    }
  });

  test('with a margin of its own for each of so many labels that their memory is not worth it predict the same', () => {
    const model = anyModel(5, 3, 20_000, 20);
    const table = anyTable(model, 520, createRandom(6));
    const predictions = predictTable(model, table);
    if (predictions.task !== 'CLASSIFICATION') throw new Error('labels were asked');
    const [expected] = [0].map((row) => {
      const margins = walkedMargins(model, table, row);
      softmaxInPlace(margins, 0, margins.length);
      return margins;
    });
    expect(predictions.probabilities.subarray(0, 20_000)).toEqual(expected);
  });

  test('predict rows in any order, and again after others', () => {
    const model = anyModel(3, 6, 0, 254);
    const table = anyTable(model, 700, createRandom(4));
    const predict = bindModel(model, table);
    const backwards = Int32Array.from({ length: 700 }, (_, i) => 699 - i);
    const [forth, back, again] = [predict(backwards.slice().reverse()), predict(backwards), predict(backwards)];
    if (forth.task !== 'REGRESSION' || back.task !== 'REGRESSION') throw new Error('numbers were asked');
    expect([...back.values].reverse()).toEqual([...forth.values]);
    expect(again).toEqual(back);
  });
});

test('a row by itself gets what it gets in a table', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 9 }), (seed, depth) => {
      const model = anyModel(seed, depth, 3, 20);
      const random = createRandom(seed + 2);
      const predict = createRowPredictor(model);
      for (let i = 0; i < 5; i++) {
        const values = [random.below(1000) / 8, '12.5', ' c3 ', 'c70', 'other', 'never', '', null, true, undefined, {}];
        const row = Object.fromEntries(model.features.map(({ name }) => [name, values[random.below(values.length)]]));
        expect(predict(row)).toEqual(predictTable(model, tableFromRows(model, [row])));
      }
    }),
  );
});

describe('bins', () => {
  const near = fc.oneof(
    fc.double({ noNaN: true, min: -1e3, max: 1e3 }),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
  );

  test('are found on a grid as by searching, for edges of any distance', () => {
    fc.assert(
      fc.property(
        fc.array(near, { maxLength: 60 }),
        fc.array(fc.oneof(near, fc.constant(Number.NaN))),
        (some, others) => {
          const edges = Float64Array.from(some).sort();
          const values = Float64Array.from([...others, ...edges, ...edges.map((edge) => edge + 1e-9)]);
          const expected = [...values].map((value) => binOf(edges, value));
          expect([...values].map(createBinFinder(edges))).toEqual(expected);
          const bins = new Uint16Array(values.length + 1);
          createBinWriter(edges)(values, bins, 1);
          expect([...bins.subarray(1)]).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
