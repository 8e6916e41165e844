/**
 * Claim: AUTO is ahead of the best of our defaults, and of the peers, within a time.
 *
 *   node benchmarks/auto.ts --data DIR [--peers FILE] [--only FILE,FILE] [--offsets 0,1] [--seconds 10,60] [--threads 2]
 *
 * DIR, FILE and the offsets as in benchmarks/quality.ts. For each file and offset: the defaults of LINEAR, RANDOM_FOREST, EXTRA_TREES
 * and GRADIENT_BOOSTING, then AUTO within each time. "loss" is the log-loss of the test rows, or 1 - R2; "clock" the seconds from the
 * rows to the metrics; "cores" the processor seconds by those of the clock; "done" the candidates that were fitted to all folds.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { WorkerPool } from '../src/ml/parallel/worker-pool.ts';
import type { AlgorithmName } from '../src/ml/registry.ts';
import { inspectCsv } from '../src/tabular/inspect-csv.ts';
import type { Table } from '../src/tabular/types/column.ts';
import { type ManifestEntry, readManifest } from './support/manifest.ts';
import { trainOnOffset } from './support/train-on-offset.ts';
import { withWorkerPool } from './support/worker-pool.ts';

/** What quality-peers.py writes: for each file and offset, the scores of each model. */
interface PeerScores {
  readonly files: Readonly<
    Record<string, readonly Readonly<Record<string, { readonly score: number; readonly logLoss: number | null }>>[]>
  >;
}

interface Row {
  readonly name: string;
  readonly loss: number;
  readonly clock?: number;
  readonly cores?: number;
  readonly done?: number | null;
}

const DEFAULTS: readonly AlgorithmName[] = ['LINEAR', 'RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING'];

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    peers: { type: 'string' },
    only: { type: 'string' },
    offsets: { type: 'string', default: '0,1,2,3,4' },
    seconds: { type: 'string', default: '10,60' },
    threads: { type: 'string', default: '2' },
  },
});
if (values.data === undefined) throw new Error('usage: node benchmarks/auto.ts --data DIR');
const directory = values.data;
const peers: PeerScores =
  values.peers === undefined ? { files: {} } : (JSON.parse(readFileSync(values.peers, 'utf8')) as PeerScores);
const offsets = values.offsets.split(',').map(Number);
const budgets = values.seconds.split(',').map(Number);

console.log(`node ${process.version}, ${values.threads} threads`);
await withWorkerPool('src', Number(values.threads), (pool) => {
  for (const entry of readManifest(directory, values.only)) measure(entry, pool);
});

function measure(entry: ManifestEntry, pool: WorkerPool): void {
  const { table } = inspectCsv(
    join(directory, entry.file),
    { missingTokens: entry.read.missing },
    { minDataRows: 1, maxEmptyRatio: 1 },
  );
  if (table === null) throw new Error(`${entry.file} was refused`);
  for (const offset of offsets) {
    const rows: readonly Row[] = [
      ...DEFAULTS.map((algorithm) => train({ table, entry, algorithm, offset, seconds: null }, pool)),
      ...Object.entries(peers.files[entry.file]?.[offset] ?? {}).map(([name, { score, logLoss }]) => ({
        ...{ name, loss: logLoss ?? 1 - score },
      })),
      ...budgets.map((seconds) => train({ table, entry, algorithm: 'AUTO', offset, seconds }, pool)),
    ];
    console.log(`\n${entry.file}, offset ${offset}`);
    print('', 'loss', 'clock', 'cores', 'done');
    for (const { name, loss, clock, cores, done } of rows) {
      const isAuto = name.startsWith('AUTO');
      print(name, loss.toFixed(4), clock?.toFixed(1) ?? '', cores?.toFixed(2) ?? '', isAuto ? String(done) : '');
    }
  }
}

interface Training {
  readonly table: Table;
  readonly entry: ManifestEntry;
  readonly algorithm: AlgorithmName;
  readonly offset: number;
  /** Of AUTO; else null. */
  readonly seconds: number | null;
}

function train({ seconds, ...training }: Training, pool: WorkerPool): Row {
  const startedAt = performance.now();
  const clock = () => (performance.now() - startedAt) / 1_000;
  const measured = trainOnOffset({
    ...training,
    given: seconds === null ? {} : { timeBudgetSeconds: seconds },
    conditions: { pool, clock, stopReason: () => (seconds !== null && clock() > seconds ? 'TIME_BUDGET' : null) },
  });
  const took = clock();
  return {
    name: seconds === null ? training.algorithm : `AUTO ${seconds} s`,
    loss: measured.logLoss ?? 1 - (measured.score ?? Number.NaN),
    clock: took,
    cores: measured.seconds / took,
    done: measured.rounds,
  };
}

function print(name: string, ...cells: readonly string[]): void {
  console.log(`${name.padEnd(20)}${cells.map((cell) => cell.padStart(9)).join('')}`);
}
