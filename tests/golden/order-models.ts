import { LEARNER_NAMES, type LearnerName } from '../../src/ml/learners/learner-names.ts';
import type { ColumnFormat } from '../../src/ml/preprocessing/features.ts';
import type { InputRow } from '../../src/runtime/predict/rows-to-table.ts';
import { currentReading } from '../../src/runtime/values/cells.ts';
import { inspectCsv } from '../../src/tabular/inspect-csv.ts';
import { request, train } from '../ml/made-tables.ts';
import type { WrittenModel } from './written-models.ts';

const TARGETS = [
  { name: 'two-labels', target: 'kept', task: 'CLASSIFICATION' },
  { name: 'three-labels', target: 'size', task: 'CLASSIFICATION' },
  { name: 'numbers', target: 'amount', task: 'REGRESSION' },
] as const;

const FEATURES = ['ordered', 'delivered', 'returned'];

/** Few trees: enough for every kind of node. */
const PARAMETERS: Readonly<Record<LearnerName, Readonly<Record<string, unknown>>>> = {
  BASELINE: {},
  LINEAR: {},
  DECISION_TREE: {},
  RANDOM_FOREST: { trees: 3, seed: 1, minSamplesLeaf: 10 },
  EXTRA_TREES: { trees: 3, seed: 1, minSamplesLeaf: 10 },
  GRADIENT_BOOSTING: { trees: 5, seed: 1 },
};

const DAY = 86_400_000;

function isoDay(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/** Days before months, as 3/4/2024. */
function localDay(day: number): string {
  const [year, month, date] = isoDay(day).split('-').map(Number);
  return `${date}/${month}/${year}`;
}

const PRAISE = ['fine', 'good', 'Very good', 'as ever', 'schön', 'TRÈS BIEN', 'ok'];
const BLAME = ['late', 'broken', 'not good', 'torn box', 'Größe falsch', 'zu spät'];

/** What the customer wrote: mostly what the amount says, in words that come again, and a number of its own. */
function noteOf(row: number, isKept: boolean): string {
  if (row % 37 === 0) return row % 2 === 0 ? '' : 'n/a';
  const texts = isKept === (row % 9 !== 4) ? PRAISE : BLAME;
  return `${texts[row % texts.length]}, ${texts[(row * 5 + 2) % texts.length]}! order ${row}`;
}

/** A file of several columns of dates, written in two ways, some missing, and of free texts: what an order is worth depends on the days between. */
export function ordersCsv(): string {
  const lines = Array.from({ length: 600 }, (_, row) => {
    const ordered = 18_000 + ((row * 331) % 1_200);
    const [days, more] = [(row * 37) % 23, (row * 53) % 31];
    const month = Number(isoDay(ordered).slice(5, 7));
    const amount =
      40 - Math.min(days, 12) * 2 + (month === 12 ? 15 : 0) + (ordered % 30 < 4 ? 6 : 0) + ((row * 13) % 7);
    const cells = [
      row % 41 === 0 ? '' : localDay(ordered),
      row % 29 === 0 ? 'n/a' : `${isoDay(ordered + days)}T${String(row % 24).padStart(2, '0')}:30:00Z`,
      row % 3 === 0 ? '' : isoDay(ordered + days + more),
      `"${noteOf(row, amount > 32)}"`,
      amount > 32 ? 'yes' : 'no',
      amount > 40 ? 'large' : amount > 28 ? 'middle' : 'small',
      amount,
    ];
    return cells.join(',');
  });
  return `${[...FEATURES, 'note', 'kept', 'size', 'amount'].join(',')}\n${lines.join('\n')}\n`;
}

/** Rows as applications send them: dates in the forms of the file and in others, timestamps, and none. */
export const ORDER_ROWS: readonly InputRow[] = [
  ...Array.from({ length: 20 }, (_, i) => ({
    note: noteOf(i * 7, i % 3 === 0),
    ordered: localDay(18_100 + i * 61),
    delivered: isoDay(18_100 + i * 62),
    returned: i % 2 === 0 ? null : isoDay(18_120 + i * 63),
  })),
  { ordered: '3/4/2020', delivered: '2020-04-03', returned: '2020-04-04T12:00:00Z' },
  { ordered: 1_585_872_000_000, delivered: 1_585_915_200_000.5, returned: 1_570_000_000_000 },
  { ordered: '31/12/2020', delivered: '2019-12-31', returned: '2020-02-29' },
  { note: 'GOOD good; very GOOD\u0000 schO\u0308n', ordered: '3/4/2020', delivered: '2020-04-09' },
  { note: 'nothing of this was there before', ordered: '3/4/2020', delivered: '2020-04-09' },
  { note: '\ud800late\udc00 zu_spät …', ordered: '3/4/2020', delivered: '2020-04-09' },
  { note: 'İ I ı ΣΑΣ ẞ ﬁne 漢字 ไทย ١٢ ½ ²', ordered: '3/4/2020', delivered: '2020-04-09' },
  { note: ' n/a ', ordered: '3/4/2020', delivered: '2020-04-09' },
  { note: '!?', ordered: '3/4/2020', delivered: '2020-04-09' },
  { note: `${'e\u0301'.repeat(40)}late${'good'.repeat(40)} good`, ordered: '3/4/2020', delivered: '2020-04-09' },
  { note: 7, ordered: '3/4/2020', delivered: '2020-04-09' },
  { note: true, ordered: '3/4/2020', delivered: '2020-04-09' },
  { note: {}, ordered: '3/4/2020', delivered: '2020-04-09' },
  { note: `${'late '.repeat(999)}good broken`, ordered: '3/4/2020', delivered: '2020-04-09' },
  { ordered: '29 Feb 2020', delivered: 'Sat, 29 Feb 2020 10:00:00 +0200', returned: '20200301' },
  { ordered: '15/1/2020', delivered: '2020-03-01', returned: '2020-02-01' },
  { ordered: null, delivered: '2020-05-06', returned: '2020-05-07' },
  { ordered: '3/4/2020', delivered: 'soon', returned: '' },
  { delivered: '2020-05-06' },
  { ordered: '', delivered: 'n/a', returned: 1e300 },
  {},
];

function nameOf(algorithm: LearnerName): string {
  return algorithm.toLowerCase().replaceAll('_', '-');
}

/** A model of each algorithm and each sort of target, of dates and of texts, and one of linear leaves, trained on the rows of the file. */
export function* writtenOrderModels(csvPath: string): Generator<WrittenModel> {
  const { table, columns } = inspectCsv(csvPath, {}, { minDataRows: 1, maxEmptyRatio: 0.95 });
  if (table === null) throw new Error('the file of the golden models is not accepted');
  const formats = columns.map(({ name, numberFormat, dateOrder }): ColumnFormat => ({ name, numberFormat, dateOrder }));
  const folded = request(table, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', FEATURES, { trees: 5, folds: 4 });
  yield { name: 'gradient-boosting-interval', modelBytes: train(folded).trained.modelBytes };
  const lines = { ...PARAMETERS.GRADIENT_BOOSTING, linearLeaves: true };
  const ofLines = request(table, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', [...FEATURES, 'note'], lines);
  const reading = currentReading();
  yield {
    name: 'gradient-boosting-linear-leaves',
    modelBytes: train({ ...ofLines, formats: { columns: formats, reading } }).trained.modelBytes,
  };
  for (const algorithm of LEARNER_NAMES) {
    for (const { name, target, task } of TARGETS) {
      for (const [prefix, features] of Object.entries({ '': FEATURES, 'text-': ['note', 'ordered'] })) {
        const wanted = request(table, target, task, algorithm, features, PARAMETERS[algorithm]);
        const { trained } = train({ ...wanted, formats: { columns: formats, reading } });
        yield { name: `${prefix}${nameOf(algorithm)}-${name}`, modelBytes: trained.modelBytes };
      }
    }
  }
}
