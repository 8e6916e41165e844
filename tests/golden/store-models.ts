import { LEARNER_NAMES, type LearnerName } from '../../src/ml/learners/learner-names.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { writeModel } from '../../src/runtime/format/write-model-file.ts';
import type { InputRow } from '../../src/runtime/predict/rows-to-table.ts';
import { inspectCsv } from '../../src/tabular/inspect-csv.ts';
import { blendedModel } from '../ml/blended-model.ts';
import { request, train } from '../ml/made-tables.ts';
import type { WrittenModel } from './written-models.ts';

const TARGETS = [
  { name: 'two-labels', target: 'good', task: 'CLASSIFICATION' },
  { name: 'three-labels', target: 'size', task: 'CLASSIFICATION' },
  { name: 'numbers', target: 'sales', task: 'REGRESSION' },
] as const;

const FEATURES = ['store', 'area'];

/** Few trees: enough for every kind of node. */
const PARAMETERS: Readonly<Record<LearnerName, Readonly<Record<string, unknown>>>> = {
  BASELINE: {},
  LINEAR: {},
  DECISION_TREE: {},
  RANDOM_FOREST: { trees: 3, seed: 1, minSamplesLeaf: 10 },
  EXTRA_TREES: { trees: 3, seed: 1, minSamplesLeaf: 10 },
  GRADIENT_BOOSTING: { trees: 5, seed: 1 },
};

/** More than codes can tell apart, and a number that 5 does not divide: of each store a test row at most. */
const STORES = 281;
const ROWS_OF_STORE = 4;

/** A file with a column of more texts than codes can tell apart, some rare ones, and missing cells. */
export function storesCsv(): string {
  const lines = Array.from({ length: STORES * ROWS_OF_STORE }, (_, row) => {
    const number = row % STORES;
    const store = row % 97 === 3 ? `new ${row}` : row % 89 === 0 ? '' : `store ${number}`;
    const area = row % 53 === 0 ? '' : String(20 + ((row * 37) % 101));
    const sales = ((number * 71) % 100) + ((row * 13) % 29) / 2 + ((row * 37) % 101) / 10;
    const size = sales > 70 ? 'large' : sales > 35 ? 'middle' : 'small';
    return [store, area, sales > 50 ? 'yes' : 'no', size, sales.toFixed(2)].join(',');
  });
  return `${[...FEATURES, 'good', 'size', 'sales'].join(',')}\n${lines.join('\n')}\n`;
}

/** Rows as applications send them: known stores, others, and none. */
export const STORE_ROWS: readonly InputRow[] = [
  ...Array.from({ length: 20 }, (_, i) => ({ store: `store ${i * 13}`, area: 25 + i * 4 })),
  { store: ' store 7\t', area: '61' },
  { store: 'STORE 7', area: 61 },
  { store: '="store 7"', area: null },
  { store: 'store 999', area: 61 },
  { store: 'new 3' },
  { store: '', area: 61 },
  { store: null, area: 'n/a' },
  { store: 'NA', area: -40 },
  { store: 7, area: 400 },
  { store: true, area: true },
  {},
];

const MEMBERS = [
  ['GRADIENT_BOOSTING', 0.5],
  ['LINEAR', 0.3],
  ['RANDOM_FOREST', 0.2],
] as const;

/** A model of each algorithm and each sort of target, trained on the rows of the file; and blends of some of them. */
export function* writtenStoreModels(csvPath: string): Generator<WrittenModel> {
  const files = new Map<string, Uint8Array>();
  for (const written of trainedModels(csvPath)) {
    files.set(written.name, written.modelBytes);
    yield written;
  }
  for (const { name, task } of TARGETS) {
    const members = MEMBERS.map(([algorithm]) => parseModel(files.get(nameOf(algorithm, name))!));
    const weights = MEMBERS.map(([, weight]) => weight);
    const blend = blendedModel(members, weights, task === 'REGRESSION' ? 1 : 1.25);
    yield { name: `blend-${name}`, modelBytes: writeModel(blend) };
  }
}

function nameOf(algorithm: LearnerName, target: string): string {
  return `${algorithm.toLowerCase().replaceAll('_', '-')}-${target}`;
}

function* trainedModels(csvPath: string): Generator<WrittenModel> {
  const { table } = inspectCsv(csvPath, {}, { minDataRows: 1, maxEmptyRatio: 0.95 });
  if (table === null) throw new Error('the file of the golden models is not accepted');
  const folded = request(table, 'sales', 'REGRESSION', 'GRADIENT_BOOSTING', FEATURES, { trees: 5, folds: 4 });
  yield { name: 'gradient-boosting-interval', modelBytes: train(folded).trained.modelBytes };
  const counts = request(table, 'area', 'REGRESSION', 'LINEAR', ['store'], { loss: 'POISSON' });
  yield { name: 'linear-counts', modelBytes: train(counts).trained.modelBytes };
  for (const algorithm of LEARNER_NAMES) {
    for (const { name, target, task } of TARGETS) {
      const { trained } = train(request(table, target, task, algorithm, FEATURES, PARAMETERS[algorithm]));
      yield { name: nameOf(algorithm, name), modelBytes: trained.modelBytes };
    }
  }
}
