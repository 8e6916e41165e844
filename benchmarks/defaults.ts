/**
 * Claim: the defaults of an algorithm are better than others that were tried, file by file.
 *
 *   node benchmarks/defaults.ts --data DIR --results FILE.json [--only FILE,FILE] [--offsets 0,1] \
 *     --variant 'today={"trees":200,"learningRate":0.1}' --variant 'slow={"trees":400,"learningRate":0.05}'
 *   node benchmarks/defaults.ts --data DIR --results FILE.json --report --variant 'today' --variant 'slow'
 *
 * DIR as in benchmarks/quality.ts, and so are the offsets: at offset k the rows whose number i has i % 5 == k are the test
 * rows. Each variant is a name and the parameters that differ from the defaults of the code as it stands; a variant of the engine
 * is another name, given while that code is checked out. `temperature` among the parameters is the one to divide the margins by,
 * instead of searching for it. What was measured once is kept in FILE and not measured again, so
 * that the run can be broken off and goes on where it was.
 *
 * The report compares each variant with the first one over the offsets that both have: the score (accuracy or R2), the log-loss, the
 * processor seconds of training and testing. A file is won or lost where the mean difference is beyond two standard errors
 * of it (never with fewer than two offsets); the sign test over the files counts each mean difference that is not 0.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ALGORITHM_NAMES, type AlgorithmName } from '../src/ml/registry.ts';
import { inspectCsv } from '../src/tabular/inspect-csv.ts';
import { type ManifestEntry, readManifest } from './support/manifest.ts';
import { comparedFiles, type Measured, printReport } from './support/paired-report.ts';
import { trainOnOffset } from './support/train-on-offset.ts';

interface Variant {
  readonly name: string;
  readonly parameters: Readonly<Record<string, number | string>>;
}

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    results: { type: 'string' },
    only: { type: 'string' },
    offsets: { type: 'string', default: '0,1,2,3,4' },
    algorithm: { type: 'string', default: 'GRADIENT_BOOSTING' },
    variant: { type: 'string', multiple: true, default: [] },
    report: { type: 'boolean', default: false },
  },
});
if (values.data === undefined || values.results === undefined) {
  throw new Error('usage: node benchmarks/defaults.ts --data DIR --results FILE --variant NAME=PARAMETERS …');
}
const directory = values.data;
const resultsFile = values.results;
const algorithm = algorithmOf(values.algorithm);
const variants = values.variant.map(readVariant);
const results = readResults();
const entries = readManifest(directory, values.only);
const offsets = values.offsets.split(',').map(Number);

if (!values.report) for (const entry of entries) measure(entry);
const [base, ...others] = variants;
if (base === undefined) throw new Error('no variant was given');
for (const other of others) {
  const files = comparedFiles(entries, (file, offset, side) => {
    return results.get(keyOf(side === 'base' ? base : other, file, offset));
  });
  printReport(`${other.name} against ${base.name}`, files);
}

/** Measures what is missing of a file; the table is read once, and only if something is. */
function measure(entry: ManifestEntry): void {
  const missing = offsets.flatMap((offset) =>
    variants
      .filter((variant) => !results.has(keyOf(variant, entry.file, offset)))
      .map((variant) => ({ variant, offset })),
  );
  if (missing.length === 0) return;
  const { table } = inspectCsv(
    join(directory, entry.file),
    { missingTokens: entry.read.missing },
    { minDataRows: 1, maxEmptyRatio: 1 },
  );
  if (table === null) throw new Error(`${entry.file} was refused`);
  for (const { variant, offset } of missing) {
    const { temperature, ...given } = variant.parameters;
    const found = typeof temperature === 'number' ? { temperature } : {};
    const measured = trainOnOffset({ table, entry, algorithm, given, found, offset });
    results.set(keyOf(variant, entry.file, offset), measured);
    keepResults();
    process.stderr.write(`${keyOf(variant, entry.file, offset)} ${JSON.stringify(measured)}\n`);
  }
}

function readVariant(text: string): Variant {
  const at = text.indexOf('=');
  if (at < 0) return { name: text, parameters: {} };
  return { name: text.slice(0, at), parameters: JSON.parse(text.slice(at + 1)) as Variant['parameters'] };
}

function keyOf({ name }: Variant, file: string, offset: number): string {
  return `${algorithm} ${name} ${file} ${offset}`;
}

function algorithmOf(text: string): AlgorithmName {
  const found = ALGORITHM_NAMES.find((name) => name === text);
  if (found === undefined) throw new Error(`there is no algorithm ${text}`);
  return found;
}

function readResults(): Map<string, Measured> {
  if (!existsSync(resultsFile)) return new Map();
  return new Map(Object.entries(JSON.parse(readFileSync(resultsFile, 'utf8')) as Record<string, Measured>));
}

/** Written beside the file and then put in its place: a run that is broken off while it writes loses nothing. */
function keepResults(): void {
  writeFileSync(`${resultsFile}.new`, JSON.stringify(Object.fromEntries(results), null, 1));
  renameSync(`${resultsFile}.new`, resultsFile);
}
