import { LEARNER_NAMES, type LearnerName } from '../../src/ml/learners/learner-names.ts';
import type { ColumnFormat } from '../../src/ml/preprocessing/features.ts';
import type { Task } from '../../src/ml/task.ts';
import type { Model } from '../../src/runtime/model.ts';
import { predictTable } from '../../src/runtime/predict/predict.ts';
import { type InputRow, tableFromRows } from '../../src/runtime/predict/rows-to-table.ts';
import { currentReading } from '../../src/runtime/values/cells.ts';
import { inspectCsv } from '../../src/tabular/inspect-csv.ts';
import { request, train } from '../ml/made-tables.ts';

/** How the file below is to be read. */
const CSV_OPTIONS = { missingTokens: ['-200'], thousands: '.' } as const;

const TARGETS = [
  { name: 'two-labels', target: 'rented', task: 'CLASSIFICATION' },
  { name: 'three-labels', target: 'size', task: 'CLASSIFICATION' },
  { name: 'numbers', target: 'price', task: 'REGRESSION' },
] as const;

const FEATURES = ['area', 'distance', 'district', 'furnished', 'built', 'listed', 'heating'];

/** Few trees: enough for every kind of node. */
const PARAMETERS: Readonly<Record<LearnerName, Readonly<Record<string, unknown>>>> = {
  BASELINE: {},
  LINEAR: {},
  DECISION_TREE: {},
  RANDOM_FOREST: { trees: 5, seed: 1 },
  EXTRA_TREES: { trees: 5, seed: 1 },
  GRADIENT_BOOSTING: { trees: 5, seed: 1 },
};

/** A file of everything that a model reads: grouped numbers with a decimal comma, dates, categories, booleans, missing cells. */
export function flatsCsv(): string {
  const lines = Array.from({ length: 240 }, (_, row) => {
    const drawn = (step: number, of: number) => (row * step + Math.floor(row / 7)) % of;
    const area = 30 + drawn(37, 101) + drawn(13, 10) / 10;
    const distance = 800 + drawn(53, 97) * 111;
    const district = ['north', 'south', 'old town', row % 40 === 3 ? `village ${row}` : 'None'][drawn(3, 4)];
    const furnished = ['Yes', 'no', 'YES'][drawn(5, 3)];
    const built = `${1 + drawn(11, 28)}/${1 + drawn(7, 12)}/${1950 + drawn(29, 70)}`;
    const listed = `2024-${String(1 + drawn(5, 12)).padStart(2, '0')}-03T${String(drawn(7, 24)).padStart(2, '0')}:30:00Z`;
    const price = area * 12.5 - distance / 20 + (district === 'old town' ? 250 : 0) + drawn(17, 40);
    const cells = [
      row % 17 === 0 ? '-200' : area.toFixed(1).replace('.', ','),
      row % 23 === 0 ? '' : distance.toLocaleString('de-DE'),
      district,
      furnished,
      built,
      row % 31 === 0 ? 'n/a' : listed,
      drawn(3, 3) + 1,
      price > 600 ? 'yes' : 'no',
      ['small', 'middle', 'large'][Math.min(2, Math.max(0, Math.floor((area - 40) / 35)))],
      price.toFixed(2).replace('.', ','),
    ];
    return cells.join(';');
  });
  return `${[...FEATURES, 'rented', 'size', 'price'].join(';')}\n${lines.join('\n')}\n`;
}

/** Rows as applications send them: texts as in the file, values of JSON, and what was never seen. */
export const ROWS: readonly InputRow[] = [
  {
    area: '61,5',
    distance: '1.244',
    district: 'north',
    furnished: 'yes',
    built: '3/4/1987',
    listed: '2024-02-03T07:30:00Z',
    heating: '2',
  },
  {
    area: '120',
    distance: '10.901',
    district: 'old town',
    furnished: 'NO',
    built: '28/12/2019',
    listed: '2024-12-03',
    heating: '1',
  },
  {
    area: 45.25,
    distance: 2000,
    district: ' south ',
    furnished: true,
    built: 0,
    listed: 1_709_454_600_000,
    heating: 3,
  },
  { area: '-200', distance: null, district: 'None', furnished: 'n/a', built: '', listed: 'never', heating: '?' },
  {
    area: '61.5',
    distance: '1,244',
    district: 'North',
    furnished: 'perhaps',
    built: '1987-04-03',
    listed: '3 Feb 2024 07:30 UTC',
    heating: 2.0,
  },
  {
    area: '1.061,5',
    distance: '-1.244',
    district: 'village 3',
    furnished: false,
    built: '31/02/2000',
    listed: '2024-02-03T07:30:00+05:00',
    heating: '7',
  },
  { area: -200, distance: 'inf', district: '', furnished: 'YES', heating: 'x' },
  {},
  {
    ...{ area: '\u221261,5', distance: '1.244-', district: '#N/A', furnished: 'Yes ', built: '03.04.87' },
    ...{ listed: '20240203T073000', heating: '2.0' },
  },
  {
    ...{ area: '(61,5)', distance: '1.244 m', district: 'NORTH', furnished: '1', built: '20190428' },
    ...{ listed: 'Sat, 03 Feb 2024 07:30:00 +0000', heating: '1e0' },
  },
  {
    ...{ area: '\uff16\uff11', distance: '\u00a01.244', district: 'nil', furnished: '.', built: '1985-W14-3' },
    ...{ listed: '1706945400000', heating: '02' },
  },
  {
    ...{ area: '61,5 %', distance: "'1.244", district: '(null)', furnished: '<NA>', built: 'NaT' },
    ...{ listed: '1706945400000000000', heating: '="2"' },
  },
  { area: '#DIV/0!', distance: '0:30', district: 'old\u00a0town', furnished: 'y', listed: '03/02/24', heating: '2,0' },
];

/** A model file, and what it is called. */
export interface WrittenModel {
  readonly name: string;
  readonly modelBytes: Uint8Array;
}

/** A model of each algorithm and each sort of target, one of counts, one of shared trees and one with an interval, trained on the rows of the file. */
export function* writtenModels(csvPath: string): Generator<WrittenModel> {
  const { table, columns } = inspectCsv(csvPath, CSV_OPTIONS, { minDataRows: 1, maxEmptyRatio: 0.95 });
  if (table === null) throw new Error('the file of the golden models is not accepted');
  const formats = columns.map(({ name, numberFormat, dateOrder }): ColumnFormat => ({ name, numberFormat, dateOrder }));
  const reading = currentReading(CSV_OPTIONS.missingTokens);
  const counts = { ...PARAMETERS.GRADIENT_BOOSTING, loss: 'POISSON' };
  const others = FEATURES.filter((feature) => feature !== 'heating');
  const ofCounts = request(table, 'heating', 'REGRESSION', 'GRADIENT_BOOSTING', others, counts);
  yield {
    name: 'gradient-boosting-counts',
    modelBytes: train({ ...ofCounts, formats: { columns: formats, reading } }).trained.modelBytes,
  };
  const shared = { ...PARAMETERS.GRADIENT_BOOSTING, sharedTrees: true };
  const ofLabels = request(table, 'size', 'CLASSIFICATION', 'GRADIENT_BOOSTING', FEATURES, shared);
  yield {
    name: 'gradient-boosting-shared-trees',
    modelBytes: train({ ...ofLabels, formats: { columns: formats, reading } }).trained.modelBytes,
  };
  const folded = request(table, 'price', 'REGRESSION', 'LINEAR', FEATURES, { folds: 4 });
  yield {
    name: 'linear-interval',
    modelBytes: train({ ...folded, formats: { columns: formats, reading } }).trained.modelBytes,
  };
  for (const algorithm of LEARNER_NAMES) {
    for (const { name, target, task } of TARGETS) {
      const wanted = request(table, target, task satisfies Task, algorithm, FEATURES, PARAMETERS[algorithm]);
      const { trained } = train({ ...wanted, formats: { columns: formats, reading } });
      yield { name: `${algorithm.toLowerCase().replaceAll('_', '-')}-${name}`, modelBytes: trained.modelBytes };
    }
  }
}

/** What a model says of each row: a probability for each label, or one value. */
export function predictionsOf(model: Model, rows: readonly InputRow[]): readonly (readonly number[])[] {
  const predictions = predictTable(model, tableFromRows(model, rows));
  const outputs = predictions.task === 'CLASSIFICATION' ? predictions.probabilities : predictions.values;
  const width = outputs.length / rows.length;
  return rows.map((_, row) => [...outputs.subarray(row * width, (row + 1) * width)]);
}
