/**
 * Question: do generated columns make better default models? Tried: of the six numbers that matter most to a default model of
 * the training rows all differences and products of pairs, and of each its difference to the mean of its category, for the two
 * categories that matter most.
 *
 *   node benchmarks/levers/generated-columns.ts --data DIR [--only FILE,…] [--offsets 0,1]
 *
 * DIR and the offsets as in benchmarks/defaults.ts. "always" has the columns in every model; "chosen" where they won on a
 * fifth of the training rows that neither model saw.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveParameters } from '../../src/ml/parameters/parameters.ts';
import { runToEnd } from '../../src/ml/steps.ts';
import { trainModel } from '../../src/ml/train-model.ts';
import { inspectCsv } from '../../src/tabular/inspect-csv.ts';
import type { Column, LabelColumn, NumberColumn, Table } from '../../src/tabular/types/column.ts';
import { type ManifestEntry, readManifest } from '../support/manifest.ts';
import { comparedFiles, type Measured, printReport } from '../support/paired-report.ts';
import { trainOnOffset } from '../support/train-on-offset.ts';

const OFFSETS = 5;
const NUMBERS = 6;
const CATEGORIES = 2;
const FEATURE_KINDS = ['NUMERIC', 'CATEGORICAL', 'BOOLEAN', 'DATETIME'];

const { values } = parseArgs({
  options: { data: { type: 'string' }, only: { type: 'string' }, offsets: { type: 'string', default: '0,1,2,3,4' } },
});
if (values.data === undefined) throw new Error('usage: node benchmarks/levers/generated-columns.ts --data DIR');
const directory = values.data;
const entries = readManifest(directory, values.only);
const measured = new Map<string, Measured>();
for (const entry of entries) {
  const { table } = inspectCsv(
    join(directory, entry.file),
    { missingTokens: entry.read.missing },
    { minDataRows: 1, maxEmptyRatio: 1 },
  );
  if (table === null) throw new Error(`${entry.file} was refused`);
  for (const offset of values.offsets.split(',').map(Number)) measure(table, entry, offset);
}
for (const variant of ['always', 'chosen']) {
  const files = comparedFiles(entries, (file, offset, side) => {
    return measured.get(`${side === 'base' ? 'none' : variant} ${file} ${offset}`);
  });
  printReport(`generated columns, ${variant}, against none`, files);
}

function measure(table: Table, entry: ManifestEntry, offset: number): void {
  const measureAt = (of: Table, at: number): Measured =>
    trainOnOffset({ table: of, entry, algorithm: 'GRADIENT_BOOSTING', given: {}, offset: at });
  const none = measureAt(table, offset);
  const always = measureAt(generate(table, entry, offset), offset);
  const inner = withoutOffset(table, offset);
  const innerNone = measureAt(inner, 0);
  const innerAlways = measureAt(generate(inner, entry, 0), 0);
  const wins =
    innerNone.logLoss === null
      ? (innerAlways.score ?? 0) > (innerNone.score ?? 0)
      : (innerAlways.logLoss ?? 0) < innerNone.logLoss;
  const seconds = none.seconds + always.seconds + innerNone.seconds + innerAlways.seconds;
  const all = { none, always, chosen: { ...(wins ? always : none), seconds } };
  for (const [name, result] of Object.entries(all)) measured.set(`${name} ${entry.file} ${offset}`, result);
  process.stderr.write(`${entry.file} ${offset} ${wins} ${JSON.stringify(all)}\n`);
}

/** The table without the rows at the offset. */
function withoutOffset(table: Table, offset: number): Table {
  const keep = (_: unknown, row: number): boolean => row % OFFSETS !== offset;
  const columns = table.columns.map((column): Column => {
    return column.storage === 'number'
      ? { ...column, values: column.values.filter(keep) }
      : { ...column, codes: column.codes.filter(keep) };
  });
  return { rowCount: Array.from({ length: table.rowCount }).filter(keep).length, columns };
}

/** Adds the columns; whatever is fitted sees the rows outside of the offset alone. */
function generate(table: Table, entry: ManifestEntry, offset: number): Table {
  const order = importances(table, entry, offset);
  const ranked = order.flatMap((name) => table.columns.find((column) => column.name === name) ?? []);
  const numbers = ranked
    .filter((column): column is NumberColumn => column.storage === 'number' && column.kind === 'NUMERIC')
    .slice(0, NUMBERS);
  const categories = ranked.filter((column): column is LabelColumn => column.storage === 'label').slice(0, CATEGORIES);
  const made: NumberColumn[] = [];
  for (const [i, x] of numbers.entries()) {
    for (const y of numbers.slice(i + 1)) {
      made.push(
        numberColumn(
          `${x.name} − ${y.name}`,
          x.values.map((value, row) => value - y.values[row]!),
        ),
      );
      made.push(
        numberColumn(
          `${x.name} × ${y.name}`,
          x.values.map((value, row) => value * y.values[row]!),
        ),
      );
    }
    for (const category of categories) {
      const means = meansOf(x, category, offset);
      const away = x.values.map((value, row) => value - means[category.codes[row]! + 1]!);
      made.push(numberColumn(`${x.name} in ${category.name}`, away));
    }
  }
  return { ...table, columns: [...table.columns, ...made] };
}

function numberColumn(name: string, column: Float64Array): NumberColumn {
  return { storage: 'number', name, kind: 'NUMERIC', values: column };
}

/** Of the rows outside of the offset, for "missing" and each label; NaN where there are none. */
function meansOf({ values: numbers }: NumberColumn, { codes, labels }: LabelColumn, offset: number): Float64Array {
  const sums = new Float64Array(labels.length + 1);
  const counts = new Float64Array(labels.length + 1);
  for (const [row, value] of numbers.entries()) {
    if (row % OFFSETS === offset || Number.isNaN(value)) continue;
    sums[codes[row]! + 1]! += value;
    counts[codes[row]! + 1]! += 1;
  }
  return sums.map((sum, code) => sum / counts[code]!);
}

/** Names of the columns by their importance to 50 trees of the rows outside of the offset, a fifth of which tests them. */
function importances(table: Table, entry: ManifestEntry, offset: number): readonly string[] {
  const rows = withoutOffset(table, offset);
  const size = { trainRows: rows.rowCount, features: rows.columns.length, labels: 2 };
  const { featureImportances } = runToEnd(
    trainModel({
      table: rows,
      target: entry.target,
      task: entry.task === 'classification' ? 'CLASSIFICATION' : 'REGRESSION',
      features: rows.columns
        .filter(({ name, kind }) => name !== entry.target && !(name in entry.ignore) && FEATURE_KINDS.includes(kind))
        .map(({ name }) => name),
      algorithm: 'GRADIENT_BOOSTING',
      parameters: resolveParameters('GRADIENT_BOOSTING', { trees: 50, learningRate: 0.1 }, size),
      split: { strategy: 'INTERLEAVED', testFraction: 1 / OFFSETS, column: null, seed: 0 },
    }),
  );
  return featureImportances.map(({ feature }) => feature);
}
