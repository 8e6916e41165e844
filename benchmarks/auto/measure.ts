import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { WorkerPool } from '../../src/ml/parallel/worker-pool.ts';
import type { AlgorithmName } from '../../src/ml/registry.ts';
import type { Table } from '../../src/tabular/types/column.ts';
import type { ManifestEntry } from '../support/manifest.ts';
import { trainedOnOffset } from '../support/train-on-offset.ts';
import { lossesOf } from './losses.ts';
import { float32Of, type Result, type ResultKey } from './result.ts';

/** A single model that has not come to its end then is stopped, or given up. */
export const MAX_SECONDS_OF_RIVAL = 300;

type Measured = Omit<Result, 'code'>;

/** Trains one of our algorithms, by its defaults; AUTO within a time. */
export function measureOwn(
  table: Table,
  entry: ManifestEntry,
  key: ResultKey & { readonly model: AlgorithmName },
  pool: WorkerPool,
): Measured {
  const { offset, model: algorithm, seconds } = key;
  const startedAt = performance.now();
  const clock = () => (performance.now() - startedAt) / 1_000;
  const end = seconds ?? MAX_SECONDS_OF_RIVAL;
  const { trained, processor } = trainedOnOffset({
    ...{ table, entry, algorithm, offset },
    given: seconds === null ? {} : { timeBudgetSeconds: seconds },
    conditions: { pool, clock, stopReason: () => (clock() > end ? 'TIME_BUDGET' : null) },
  });
  const took = clock();
  const candidates = trained.search?.candidates.map(
    ({ name, status, reason, foldsDone, folds, loss, fitSeconds, weight }) => {
      return { name, status, reason, foldsDone, folds, loss, fitSeconds, weight };
    },
  );
  return { ...key, losses: lossesOf(trained.predictions), clock: took, processor, candidates: candidates ?? null };
}

/** Peers to measure on the same rows, all in one process of Python. */
export interface PeerMeasurement {
  readonly data: string;
  readonly file: string;
  readonly offset: number;
  readonly models: readonly string[];
  readonly threads: number;
  readonly python: string;
}

/** Those that came to their end in time. Throws Error where Python ends badly by itself. */
export function measurePeers({ data, file, offset, models, threads, python }: PeerMeasurement): readonly Measured[] {
  const script = join(import.meta.dirname, 'peers.py');
  const given = { data, file, offset, models: models.join(','), threads };
  const flags = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { status, stdout, stderr } = spawnSync(python, [script, ...flags], {
    ...{ encoding: 'utf8', maxBuffer: 1e9, timeout: 1_000 * MAX_SECONDS_OF_RIVAL * models.length },
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  });
  // Null where the time ended it: what it had measured counts.
  if (status !== 0 && status !== null) throw new Error(`${python} ${script}: ${stderr}`);
  const lines = stdout.slice(0, stdout.lastIndexOf('\n') + 1).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const parsed = JSON.parse(line) as Pick<Result, 'model' | 'clock' | 'processor'> & { readonly losses: string };
      return { ...parsed, file, offset, seconds: null, losses: float32Of(parsed.losses), candidates: null };
    });
}
