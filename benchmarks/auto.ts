/**
 * Claim: AUTO is ahead of the best of our defaults, and of the peers, within a time.
 *
 *   node benchmarks/auto.ts --data DIR --results FOLDER [--only FILE,FILE] [--offsets 0,1] [--seconds 10,60] [--minutes 30]
 *     [--threads 2] [--peers XGBoost,HistGradientBoosting,RandomForest] [--python python3] [--report]
 *
 * DIR, its files and the offsets as in benchmarks/quality.ts. For each file and offset: the defaults of LINEAR, RANDOM_FOREST,
 * EXTRA_TREES and GRADIENT_BOOSTING, the peers with the settings of quality-peers.py, and AUTO within each time, all on the same rows
 * and with the same threads. `--peers ''`: none, and no Python.
 *
 * What was measured is kept in FOLDER, line by line, and not measured again: peers.jsonl, defaults.jsonl, auto.jsonl; remove the last
 * one to measure other code. So it can be broken off at any time, and goes on where it was. Before it begins it prints how long what
 * is left takes, as expected and at most; with `--minutes` it ends in time for that, at the next whole part. `--report`: nothing is
 * measured.
 *
 * "clock": seconds from the rows to the metrics, the largest of the offsets; "cores": processor seconds by those of the clock; "done":
 * the candidates that were fitted to all folds, for each offset. A verdict is beyond two standard errors of the paired difference
 * over the test rows of all offsets.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { WorkerPool } from '../src/ml/parallel/worker-pool.ts';
import { inspectCsv } from '../src/tabular/inspect-csv.ts';
import type { Table } from '../src/tabular/types/column.ts';
import { measureOwn, measurePeers } from './auto/measure.ts';
import { printReport } from './auto/report.ts';
import { nameOf, ResultFile, type ResultKey } from './auto/result.ts';
import { type Part, partsOf, secondsOf, type Wanted } from './auto/work.ts';
import { type ManifestEntry, readManifest } from './support/manifest.ts';
import { withWorkerPool } from './support/worker-pool.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    results: { type: 'string' },
    only: { type: 'string' },
    offsets: { type: 'string', default: '0,1,2,3,4' },
    seconds: { type: 'string', default: '10,60' },
    minutes: { type: 'string', default: 'Infinity' },
    threads: { type: 'string', default: '2' },
    peers: { type: 'string', default: 'XGBoost,HistGradientBoosting,RandomForest' },
    python: { type: 'string', default: 'python3' },
    report: { type: 'boolean', default: false },
  },
});
if (values.data === undefined || values.results === undefined) {
  throw new Error('usage: node benchmarks/auto.ts --data DIR --results FOLDER');
}
const { data, results, python } = { ...values, data: values.data, results: values.results };
const threads = Number(values.threads);
const wanted: Wanted = {
  entries: readManifest(data, values.only),
  offsets: values.offsets.split(',').map(Number),
  seconds: values.seconds.split(',').map(Number),
  peers: values.peers.split(',').filter((name) => name !== ''),
};
const code = execFileSync('git', ['describe', '--always', '--dirty'], {
  cwd: import.meta.dirname,
  encoding: 'utf8',
}).trim();
const files = {
  peers: new ResultFile(join(results, 'peers.jsonl')),
  defaults: new ResultFile(join(results, 'defaults.jsonl')),
  auto: new ResultFile(join(results, 'auto.jsonl')),
};

console.log(`node ${process.version}, ${threads} threads, code ${code}`);
if (!values.report) await measureMissing();
printReport(wanted, find);

function find(key: ResultKey) {
  return files.peers.find(key) ?? files.defaults.find(key) ?? files.auto.find(key);
}

/** What a single model took on some offset of the file. */
function clockOf(file: string, model: string): number | undefined {
  const all = [...files.peers.all, ...files.defaults.all];
  return all.find((result) => result.file === file && result.model === model)?.clock;
}

async function measureMissing(): Promise<void> {
  const parts = partsOf(wanted, (key) => find(key) !== undefined);
  const times = parts.map((part) => secondsOf(part, clockOf));
  const minutes = (kind: 'expected' | 'most') => Math.ceil(times.reduce((sum, each) => sum + each[kind], 0) / 60);
  console.log(`${parts.length} parts are left: about ${minutes('expected')} minutes, ${minutes('most')} at most`);
  const startedAt = performance.now();
  await withWorkerPool('src', threads, (pool) => {
    for (const part of parts) {
      const ends = (performance.now() - startedAt) / 1_000 + secondsOf(part, clockOf).expected;
      if (ends > 60 * Number(values.minutes)) {
        console.log(
          `${part.entry.file}, offset ${part.offset}, and what follows do not fit into the ${values.minutes} minutes`,
        );
        return;
      }
      measurePart(part, pool);
    }
  });
}

function measurePart({ entry, offset, own, peers }: Part, pool: WorkerPool): void {
  const { file } = entry;
  if (peers.length > 0) {
    for (const measured of measurePeers({ data, file, offset, models: peers, threads, python })) {
      files.peers.add({ ...measured, code });
      say(measured);
    }
  }
  if (own.length === 0) return;
  const table = readTable(entry);
  for (const key of own) {
    const measured = measureOwn(table, entry, key, pool);
    (key.model === 'AUTO' ? files.auto : files.defaults).add({ ...measured, code });
    say(measured);
  }
}

function readTable({ file, read }: ManifestEntry): Table {
  const { table } = inspectCsv(join(data, file), { missingTokens: read.missing }, { minDataRows: 1, maxEmptyRatio: 1 });
  if (table === null) throw new Error(`${file} was refused`);
  return table;
}

function say(measured: ReturnType<typeof measureOwn>): void {
  const loss = measured.losses.reduce((sum, each) => sum + each, 0) / measured.losses.length;
  process.stderr.write(`${nameOf(measured)}: ${loss.toFixed(4)} in ${measured.clock.toFixed(1)} s\n`);
}
