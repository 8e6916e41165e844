/**
 * A process that benchmarks start: from a CSV file to the metrics of a model, as an upload and a training do it. Runs what
 * users run, the build in dist: build first, npm run build.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AlgorithmName } from '../../src/ml/registry.ts';
import { peakMegabytes, report } from './child.ts';
import { type TimedTraining, timeTraining } from './timed-training.ts';
import { withWorkerPool } from './worker-pool.ts';

export interface TrainingInput {
  readonly file: string;
  readonly target: string;
  readonly drop: readonly string[];
  readonly algorithm: AlgorithmName;
  readonly parameters: Readonly<Record<string, number>>;
  /** Cores that training may use. */
  readonly threads: number;
}

/** Seconds of each step, and what came out. */
export interface TrainingReport extends TimedTraining {
  /** From the start of the process to when its modules are loaded. */
  readonly start: number;
  /** From the CSV file to the table file, with profile and issues, on all cores. */
  readonly read: number;
  /** From the table file to columns in memory. */
  readonly load: number;
  readonly peakMegabytes: number;
}

const FEATURE_KINDS = ['NUMERIC', 'CATEGORICAL', 'BOOLEAN', 'DATETIME'];

const built = (name: string): string => new URL(`../../dist/${name}.js`, import.meta.url).href;
const { CsvInspector } = (await import(
  built('datasets/uploads/csv-inspector')
)) as typeof import('../../src/datasets/uploads/csv-inspector.ts');
const { columnsAt } = (await import(
  built('datasets/packed-columns')
)) as typeof import('../../src/datasets/packed-columns.ts');
const { readTableFile } = (await import(
  built('tabular/table-file/table-file')
)) as typeof import('../../src/tabular/table-file/table-file.ts');
const { resolveParameters } = (await import(
  built('ml/parameters/parameters')
)) as typeof import('../../src/ml/parameters/parameters.ts');
const { trainModel } = (await import(built('ml/train-model'))) as typeof import('../../src/ml/train-model.ts');

const order = JSON.parse(process.argv[2] ?? '') as TrainingInput;
const folder = mkdtempSync(join(tmpdir(), 'train-from-file-'));
try {
  report(await trainFromFile(order, join(folder, 'table.arrow')));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function trainFromFile(
  { file, target, drop, algorithm, parameters, threads }: TrainingInput,
  tablePath: string,
): Promise<TrainingReport> {
  // performance.now() counts from the start of the process.
  const start = performance.now() / 1000;
  const { columns, isClassification } = await readAsUpload(file, target, tablePath);
  const readAt = performance.now() / 1000;
  const features = columns.filter((name) => name !== target && !drop.includes(name));
  const table = readTableFile(tablePath, [...features, target]);
  const loadedAt = performance.now() / 1000;
  const request = {
    table,
    target,
    task: isClassification ? 'CLASSIFICATION' : 'REGRESSION',
    features,
    algorithm,
    parameters: resolveParameters(algorithm, parameters),
    split: { strategy: 'INTERLEAVED', testFraction: 0.2, column: null, seed: 0 },
  } as const;
  const trained = await withWorkerPool('dist', threads, (pool) => timeTraining(trainModel, request, pool));
  return { ...trained, start, read: readAt - start, load: loadedAt - readAt, peakMegabytes: peakMegabytes() };
}

/** As datasets/uploads/upload.service.ts has it read: the columns that a training would use, and what the target is. */
async function readAsUpload(file: string, target: string, tablePath: string) {
  const inspector = new CsvInspector();
  const { report: inspection } = await inspector.inspect(
    {
      path: file,
      workspaceId: 'benchmark',
      sizeBytes: statSync(file).size,
      tablePath,
      isTableHashed: false,
      options: {},
      limits: { minDataRows: 1, maxEmptyRatio: 1 },
    },
    new AbortController().signal,
  );
  await inspector.close();
  if (!inspection.accepted) throw new Error(`${file} was refused`);
  const all = await columnsAt(
    inspection.columns,
    Array.from({ length: inspection.columns.count }, (_, place) => place),
  );
  const columns = all.filter(({ kind, name }) => FEATURE_KINDS.includes(kind) || name === target);
  const kind = columns.find(({ name }) => name === target)?.kind;
  return { columns: columns.map(({ name }) => name), isClassification: kind !== 'NUMERIC' };
}
