import fc from 'fast-check';
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { exportToOnnx } from '../../../src/ml/export/onnx/export-onnx.ts';
import { LEARNER_NAMES } from '../../../src/ml/learners/learner-names.ts';
import { createRandom, type Random } from '../../../src/ml/random.ts';
import type { AlgorithmName } from '../../../src/ml/registry.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { Model } from '../../../src/runtime/model.ts';
import { createRowPredictor } from '../../../src/runtime/predict/predict-row.ts';
import { currentReading } from '../../../src/runtime/values/cells.ts';
import type { Column } from '../../../src/tabular/types/column.ts';
import { blendedModel } from '../blended-model.ts';
import { numbers, request, table, texts, train } from '../made-tables.ts';
import { codeOfRefusal } from './code-of-refusal.ts';
import { linearCase, type Rows, treeCase } from './made-models.ts';

/** Rows as an application has them. */
type Row = Readonly<Record<string, number | string | null>>;

const ROWS = 10_000;

/** What the model says of the rows is what ONNX Runtime says of them, to so much of the value. */
const CLOSE = 1e-5;

function isText(model: Model, name: string): boolean {
  return model.features.some((feature) => feature.name === name && feature.kind === 'CATEGORY');
}

/** The tensors of the rows: a missing number is NaN, a missing text is empty. */
function feedsOf(model: Model, rows: readonly Row[]): Record<string, ort.Tensor> {
  const names = new Set(model.features.map(({ name }) => name));
  return Object.fromEntries(
    [...names].map((name) => {
      const shape = [rows.length, 1];
      if (isText(model, name)) {
        const values = rows.map((row) => String(row[name] ?? ''));
        return [name, new ort.Tensor('string', values, shape)];
      }
      return [
        name,
        new ort.Tensor(
          'float64',
          Float64Array.from(rows, (row) => Number(row[name] ?? Number.NaN)),
          shape,
        ),
      ];
    }),
  );
}

async function runOnnx(model: Model, rows: readonly Row[]): Promise<Readonly<Record<string, ort.Tensor>>> {
  const session = await ort.InferenceSession.create(exportToOnnx(model));
  try {
    return await session.run(feedsOf(model, rows));
  } finally {
    await session.release();
  }
}

/** How far two numbers are apart, as a share of the first where that is beyond 1. */
function distance(own: number, theirs: number): number {
  return own === theirs ? 0 : Math.abs(own - theirs) / Math.max(1, Math.abs(own));
}

async function expectTheSame(model: Model, rows: readonly Row[], close = CLOSE): Promise<void> {
  const { value, label, probabilities } = await runOnnx(model, rows);
  const predict = createRowPredictor(model);
  let farthest = 0;
  let wrongLabels = 0;
  const width = model.labels?.length ?? 1;
  const outputs = (probabilities ?? value)?.data as Float64Array;
  expect(outputs).toHaveLength(rows.length * width);
  for (const [row, values] of rows.entries()) {
    const said = predict(values);
    const own = said.task === 'REGRESSION' ? said.values : said.probabilities;
    for (let k = 0; k < width; k++) farthest = Math.max(farthest, distance(own[k]!, outputs[row * width + k]!));
    if (said.task === 'REGRESSION') continue;
    // Where two labels are equally probable but for the last digits, either may be named.
    const named = own[said.labels.indexOf(String(label?.data[row]))] ?? Number.NaN;
    if (!(own[said.predicted[0]!]! - named < 1e-12)) wrongLabels += 1;
  }
  expect(farthest).toBeLessThan(close);
  expect(wrongLabels).toBe(0);
}

const DISTRICTS = Array.from({ length: 150 }, (_, i) => `district ${i}`);

/** Rows of everything that a model reads: numbers, dates to the millisecond, few and many categories, booleans, and gaps. */
function drawRows(count: number, random: Random): Row[] {
  const oneOf = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  return Array.from({ length: count }, () => {
    const x = random.uniform() * 10;
    const listed = Date.UTC(2019, 0, 1) + Math.floor(random.uniform() * 1.6e11);
    const district = Math.floor(random.uniform() ** 2 * DISTRICTS.length);
    return {
      x,
      y: random.uniform() < 0.15 ? null : random.uniform() * 4 - 2,
      // Close enough that floats take neighbours for one number.
      close: 1e9 + random.below(200) / 64,
      listed: random.uniform() < 0.1 ? null : listed,
      sold: random.uniform() < 0.1 ? null : listed + Math.floor(random.uniform() * 5e9),
      place: random.uniform() < 0.05 ? null : oneOf(['Bern', 'Lima', 'Oslo']),
      furnished: oneOf(['Yes', 'no', null]),
      district: DISTRICTS[district]!,
    };
  });
}

/** What the rows of a request may have beyond those of training. */
function disturb(rows: readonly Row[], random: Random): Row[] {
  const unusual: Readonly<Record<string, readonly (number | string | null)[]>> = {
    x: [null, -1e300, 1e300, Number.POSITIVE_INFINITY, -77],
    y: [null, 0, Number.NEGATIVE_INFINITY],
    close: [null, 0],
    listed: [null, -62_135_596_800_000, 1e17, 0.5],
    sold: [null, -77_135_596_800_000, 951_782_400_000, 951_868_799_999.5],
    place: ['', 'NA', 'Paris', 'bern', 'none'],
    furnished: ['YES', 'yEs', 'nO', 'perhaps', '?'],
    district: ['district 999', null, '-'],
  };
  return rows.map((row) => {
    const [name, values] = Object.entries(unusual)[random.below(8)]!;
    return random.uniform() < 0.4 ? { ...row, [name]: values[random.below(values.length)]! } : row;
  });
}

const FEATURES = ['x', 'y', 'close', 'listed', 'sold', 'place', 'furnished', 'district'];

const TARGETS = [
  { target: 'yes', task: 'CLASSIFICATION' },
  { target: 'size', task: 'CLASSIFICATION' },
  { target: 'amount', task: 'REGRESSION' },
] as const;

function columnsOf(rows: readonly Row[]): Column[] {
  const amounts = rows.map((row) => {
    const month = row['listed'] === null ? 6 : new Date(Number(row['listed'])).getUTCMonth();
    const soon = Number(row['sold']) - Number(row['listed']) < 2e9 ? 3 : 0;
    const district = Number(String(row['district']).slice('district '.length)) % 7;
    return Number(row['x']) + Number(row['y'] ?? 3) * 2 + month / 2 + district + soon + (Number(row['close']) - 1e9);
  });
  const columns = FEATURES.map((name): Column => {
    if (name === 'place' || name === 'furnished' || name === 'district') {
      return texts(
        name,
        rows.map((row) => row[name] as string | null),
      );
    }
    const column = numbers(
      name,
      rows.map((row) => row[name] as number | null),
    );
    return name === 'listed' || name === 'sold' ? ({ ...column, kind: 'DATETIME' } as Column) : column;
  });
  return [
    ...columns,
    texts(
      'yes',
      amounts.map((amount) => (amount > 12 ? 'yes' : 'no')),
    ),
    texts(
      'size',
      amounts.map((amount) => (amount > 16 ? 'large' : amount > 10 ? 'middle' : 'small')),
    ),
    numbers('amount', amounts),
  ];
}

/** A column of more texts than codes can tell apart. */
function storeModel(algorithm: AlgorithmName, task: 'CLASSIFICATION' | 'REGRESSION'): Model {
  const rows = Array.from({ length: 1_400 }, (_, row) => ({ store: `store ${row % 280}`, x: (row * 7) % 31 }));
  const sales = rows.map(({ x }, row) => (((row % 280) * 71) % 100) + x);
  const data = table(
    texts(
      'store',
      rows.map(({ store }) => store),
    ),
    numbers(
      'x',
      rows.map(({ x }) => x),
    ),
    numbers('sales', sales),
    texts(
      'good',
      sales.map((value) => (value > 60 ? 'yes' : 'no')),
    ),
  );
  const target = task === 'REGRESSION' ? 'sales' : 'good';
  const split = { strategy: 'RANDOM', testFraction: 0.2, column: null, seed: 0 } as const;
  const wanted = request(data, target, task, algorithm, ['store', 'x'], PARAMETERS[algorithm] ?? {});
  return parseModel(train({ ...wanted, split }).trained.modelBytes);
}

const PARAMETERS: Partial<Record<AlgorithmName, Readonly<Record<string, unknown>>>> = {
  RANDOM_FOREST: { trees: 20 },
  EXTRA_TREES: { trees: 20 },
  GRADIENT_BOOSTING: { trees: 60 },
};

function trainedModel(
  algorithm: AlgorithmName,
  { target, task }: (typeof TARGETS)[number],
  more: Readonly<Record<string, unknown>> = {},
): Model {
  const data = table(...columnsOf(drawRows(2_000, createRandom(1))));
  const wanted = request(data, target, task, algorithm, FEATURES, { ...PARAMETERS[algorithm], ...more });
  const formats = { columns: [], reading: currentReading(['none', '-77']) };
  return parseModel(train({ ...wanted, formats }).trained.modelBytes);
}

const CASES = LEARNER_NAMES.flatMap((algorithm) => TARGETS.map((of) => ({ algorithm, ...of })));

describe('a model in the form of ONNX', () => {
  test.each(CASES)(
    'ONNX Runtime predicts 10,000 rows as the model does, missing and unseen values included: $algorithm of $target',
    async ({ algorithm, ...of }) => {
      const random = createRandom(2);
      await expectTheSame(trainedModel(algorithm, of), disturb(drawRows(ROWS, random), random));
    },
  );

  test('trees that all labels share predict the same in ONNX Runtime', async () => {
    const random = createRandom(2);
    const shared = trainedModel('GRADIENT_BOOSTING', TARGETS[1], { sharedTrees: true });
    expect(shared.estimator).toMatchObject({ kind: 'TREES', leafSize: 3 });
    await expectTheSame(shared, disturb(drawRows(ROWS, random), random));
  });

  test.each([{ trees: 70 }, { trees: 3, maxDepth: 1 }])(
    'leaves with slopes predict the same in ONNX Runtime: %j',
    async (parameters) => {
      const random = createRandom(2);
      const lines = trainedModel('GRADIENT_BOOSTING', TARGETS[2], { ...parameters, linearLeaves: true });
      expect(lines.estimator).toMatchObject({ kind: 'TREES', combine: 'LINEAR_MARGINS' });
      await expectTheSame(lines, disturb(drawRows(ROWS, random), random), 1e-12);
      const { estimator } = lines;
      if (estimator.kind !== 'TREES' || estimator.slopes === undefined) throw new Error('slopes are expected');
      const none = { ends: estimator.slopes.ends.map(() => 0), features: new Uint16Array(0) };
      const slopes = { ...none, bins: new Uint32Array(0), values: new Float64Array(0) };
      await expectTheSame({ ...lines, estimator: { ...estimator, slopes } }, drawRows(10, random), 1e-12);
    },
  );

  test.each(['GRADIENT_BOOSTING', 'LINEAR'] as const)(
    'a model whose margin is the logarithm of its output predicts the same in ONNX Runtime: %s',
    async (algorithm) => {
      const model = trainedModel(algorithm, TARGETS[2]);
      const { estimator } = model;
      if (estimator.kind !== 'TREES' && estimator.kind !== 'LINEAR') throw new Error('margins are expected');
      const random = createRandom(2);
      const exponential = { ...model, estimator: { ...estimator, combine: 'EXP_MARGINS' as const } };
      await expectTheSame(exponential, disturb(drawRows(ROWS, random), random));
    },
  );

  test.each([
    ...TARGETS.map((of) => ({ ...of, temperature: 1 })),
    ...TARGETS.slice(0, 2).map((of) => ({ ...of, temperature: 1.4 })),
  ])('a blend predicts the same in ONNX Runtime: $target, temperature $temperature', async ({ temperature, ...of }) => {
    const members = (['GRADIENT_BOOSTING', 'LINEAR', 'RANDOM_FOREST', 'BASELINE'] as const).map((algorithm) =>
      trainedModel(algorithm, of),
    );
    const random = createRandom(2);
    const rows = disturb(drawRows(ROWS, random), random);
    await expectTheSame(blendedModel(members, [0.4, 0.3, 0.2, 0.1], temperature), rows);
  });

  test('random trees on numbers of any size and distance give the very same leaf in ONNX Runtime', async () => {
    await fc.assert(
      fc.asyncProperty(treeCase([0, 2, 3]), async ({ model, rows }) => {
        await expectTheSame(model, namedRows(model, rows), Number.MIN_VALUE);
      }),
      { numRuns: 60 },
    );
  });

  test('random linear models give the same probabilities in ONNX Runtime', async () => {
    await fc.assert(
      fc.asyncProperty(linearCase(), async ({ model, rows }) => {
        await expectTheSame(model, namedRows(model, rows));
      }),
      { numRuns: 60 },
    );
  });

  test('its inputs are the columns, its outputs plain tensors, and a column called as an output is told apart', async () => {
    const model = trainedModel('LINEAR', TARGETS[1]);
    const session = await ort.InferenceSession.create(exportToOnnx(model));
    expect(session.inputNames).toEqual(FEATURES);
    expect(session.outputNames).toEqual(['label', 'probabilities']);
    await session.release();
    const features = model.features.map((feature) => (feature.name === 'x' ? { ...feature, name: 'label' } : feature));
    const named = await ort.InferenceSession.create(exportToOnnx({ ...model, features }));
    expect(named.inputNames).toContain('label');
    expect(named.outputNames).toEqual(['label_', 'probabilities']);
    await named.release();
  });

  test('the file is the same each time', () => {
    const model = trainedModel('RANDOM_FOREST', TARGETS[0]);
    expect(exportToOnnx(model)).toEqual(exportToOnnx(model));
  });

  test('a model that reads no column is refused', () => {
    const model = trainedModel('BASELINE', TARGETS[0]);
    expect(codeOfRefusal(() => exportToOnnx({ ...model, features: [] }))).toBe('ESTIMATOR_NOT_SUPPORTED');
  });
});

function namedRows(model: Model, rows: Rows): Row[] {
  return rows.map((row) => Object.fromEntries(model.features.map(({ name }, f) => [name, row[f]!])));
}

const NUMBERS_OF_TEXTS = LEARNER_NAMES.filter((algorithm) => algorithm !== 'BASELINE').flatMap((algorithm) =>
  (['CLASSIFICATION', 'REGRESSION'] as const).map((task) => ({ algorithm, task })),
);

test.each(NUMBERS_OF_TEXTS)('texts that are read as numbers are so in ONNX too: $algorithm, $task', async (wanted) => {
  const model = storeModel(wanted.algorithm, wanted.task);
  expect(model.features[0]).toHaveProperty('means');
  const rows = Array.from({ length: 400 }, (_, row) => ({
    store: row % 11 === 0 ? ['', null, 'NA', 'store 999'][row % 4]! : `store ${row % 280}`,
    x: row % 13 === 0 ? null : (row * 7) % 31,
  }));
  await expectTheSame(model, rows);
});
