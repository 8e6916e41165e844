/**
 * Question: do other leaves than one number make better boosted trees? Asked of a small booster of the experiment's own
 * (sketch-booster.ts), with everything else the same.
 *
 *   node benchmarks/levers/leaf-kinds.ts --data DIR --kind VECTOR --only iris.csv,volcanoes.csv,letter_recognition.csv
 *   node benchmarks/levers/leaf-kinds.ts --data DIR --kind LINEAR --only FILE,… [--offsets 0,1]
 *
 * DIR and the offsets as in benchmarks/defaults.ts. Columns of numbers and dates are taken as they are, categories as the
 * number of their text by frequency. VECTOR, MIXTURE and DRAWN are for files of more than two labels, LINEAR for the others. Settings: at most
 * 1,000 rounds of 0.05, 31 leaves of at least 20 rows (5 below 1,000 rows), 0.8 of the columns, 0.7 of the rows, early stopping
 * after 50 rounds.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inspectCsv } from '../../src/tabular/inspect-csv.ts';
import type { Column, Table } from '../../src/tabular/types/column.ts';
import { type ManifestEntry, readManifest } from '../support/manifest.ts';
import { comparedFiles, type Measured, printReport } from '../support/paired-report.ts';
import { fitSketch, type LeafKind, type SketchRows, type SketchSettings } from './sketch-booster.ts';

const OFFSETS = 5;
const FEATURE_KINDS = ['NUMERIC', 'CATEGORICAL', 'BOOLEAN', 'DATETIME'];
const MICROSECONDS = 1e-6;
const SMALL = 1_000;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    kind: { type: 'string' },
    only: { type: 'string' },
    offsets: { type: 'string', default: '0,1,2,3,4' },
  },
});
if (values.data === undefined || !isKind(values.kind)) {
  throw new Error(
    'usage: node benchmarks/levers/leaf-kinds.ts --data DIR --kind VECTOR|MIXTURE|DRAWN|LINEAR [--only FILE,FILE]',
  );
}
const kind = values.kind;
const entries = readManifest(values.data, values.only);
const measured = new Map<string, Measured>();
for (const entry of entries) {
  const { table } = inspectCsv(
    join(values.data, entry.file),
    { missingTokens: entry.read.missing },
    { minDataRows: 1, maxEmptyRatio: 1 },
  );
  if (table === null) throw new Error(`${entry.file} was refused`);
  for (const offset of values.offsets.split(',').map(Number)) {
    for (const leaves of ['SCALAR', kind] as const) {
      const result = measure(table, entry, offset, leaves);
      measured.set(`${leaves} ${entry.file} ${offset}`, result);
      process.stderr.write(`${leaves} ${entry.file} ${offset} ${JSON.stringify(result)}\n`);
    }
  }
}
printReport(
  `${kind} leaves against SCALAR`,
  comparedFiles(entries, (file, offset, side) =>
    measured.get(`${side === 'base' ? 'SCALAR' : kind} ${file} ${offset}`),
  ),
);

function measure(table: Table, entry: ManifestEntry, offset: number, leaves: LeafKind): Measured {
  const target = numbersOf(table.columns.find(({ name }) => name === entry.target)!, entry.task === 'classification');
  const columns = table.columns
    .filter(({ name, kind }) => name !== entry.target && !(name in entry.ignore) && FEATURE_KINDS.includes(kind))
    .map((column) => numbersOf(column, false));
  const known = Array.from({ length: table.rowCount }, (_, row) => row).filter((row) => !Number.isNaN(target[row]!));
  const rowsOf = (wanted: (row: number) => boolean): SketchRows => {
    const rows = known.filter(wanted);
    const pick = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row]!);
    return { columns: columns.map(pick), target: pick(target) };
  };
  const [train, test] = [rowsOf((row) => row % OFFSETS !== offset), rowsOf((row) => row % OFFSETS === offset)];
  const labels = entry.task === 'classification' ? new Set(known.map((row) => target[row])).size : 0;
  const settings: SketchSettings = {
    leaves,
    rounds: 1_000,
    learningRate: 0.05,
    maxLeaves: 31,
    minSamplesLeaf: train.target.length < SMALL ? 5 : 20,
    featureFraction: 0.8,
    rowFraction: 0.7,
    l2: 1,
    earlyStoppingRounds: 50,
    slopeL2: 1,
    seed: offset,
  };
  const before = process.cpuUsage();
  const fit = fitSketch(train, labels, settings);
  const margins = fit.margins(test);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) * MICROSECONDS;
  return { ...scoresOf(margins, test.target, labels), seconds, rounds: fit.rounds, modelBytes: 0 };
}

function isKind(text: string | undefined): text is LeafKind {
  return text === 'VECTOR' || text === 'MIXTURE' || text === 'DRAWN' || text === 'LINEAR';
}

/** A number as it is; a text as its number, by frequency, the most frequent first. */
function numbersOf(column: Column, asLabels: boolean): Float64Array {
  if (column.storage === 'number') {
    if (!asLabels) return column.values;
    const distinct = [...new Set(column.values.filter((value) => !Number.isNaN(value)))].sort((a, b) => a - b);
    return column.values.map((value) => (Number.isNaN(value) ? value : distinct.indexOf(value)));
  }
  const counts = new Float64Array(column.labels.length);
  for (const code of column.codes) if (code >= 0) counts[code]! += 1;
  const ranks = new Float64Array(column.labels.length);
  const order = column.labels.map((_, code) => code).sort((a, b) => counts[b]! - counts[a]!);
  for (const [rank, code] of order.entries()) ranks[code] = rank;
  return Float64Array.from(column.codes, (code) => (code < 0 ? Number.NaN : ranks[code]!));
}

function scoresOf(
  margins: Float64Array,
  target: Float64Array,
  labels: number,
): { readonly score: number; readonly logLoss: number | null } {
  const count = target.length;
  if (labels === 0) {
    const mean = target.reduce((a, b) => a + b, 0) / count;
    const residual = target.reduce((sum, y, i) => sum + (y - margins[i]!) ** 2, 0);
    return { score: 1 - residual / target.reduce((sum, y) => sum + (y - mean) ** 2, 0), logLoss: null };
  }
  const width = margins.length / count;
  let [right, loss] = [0, 0];
  for (const [i, y] of target.entries()) {
    const own = width === 1 ? [0, margins[i]!] : [...margins.subarray(i * width, (i + 1) * width)];
    const top = Math.max(...own);
    const sum = own.reduce((total, margin) => total + Math.exp(margin - top), 0);
    loss -= Math.log(Math.max(1e-15, Math.exp(own[y]! - top) / sum));
    right += Number(own.indexOf(top) === y);
  }
  return { score: right / count, logLoss: loss / count };
}
