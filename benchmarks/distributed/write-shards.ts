/** A process that benchmarks/shards.ts starts: writes the rows of a table as shards, as the worker of a training on several hosts does. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveParameters } from '../../src/ml/parameters/parameters.ts';
import { WarmWorker } from '../../src/platform/threads/warm-worker.ts';
import { ShardWriter } from '../../src/training/distributed/shards/shard-writer.ts';
import type { ShardsInput, ShardsMessage } from '../../src/training/distributed/shards/write-shards.thread.ts';
import { peakMegabytes, report } from '../support/child.ts';

export interface ShardsOrder {
  readonly tablePath: string;
  readonly features: readonly string[];
  /** An empty folder on the disk that is measured. */
  readonly folder: string;
}

export interface ShardsReport {
  /** Of the files, and from the first read of the table to the last file's being stored. */
  readonly bytes: number;
  readonly seconds: number;
  /** Seconds of all cores for the same. */
  readonly cpu: number;
  readonly shards: number;
  readonly megabytesBefore: number;
  readonly megabytes: number;
}

const { tablePath, features, folder } = JSON.parse(process.argv[2] ?? '') as ShardsOrder;
const threadFile = (name: string) => new URL(`../../src/training/${name}.thread.ts`, import.meta.url);
const thread = new WarmWorker<ShardsInput, ShardsMessage>(
  threadFile('distributed/shards/write-shards'),
  threadFile('worker/pool-worker'),
);
const stored = join(folder, 'stored');
mkdirSync(stored);
const writer = new ShardWriter(thread, {
  temporaryPath: () => join(folder, randomUUID()),
  // As the store in a folder does.
  save: (_owner: { readonly runId: string }, { sha256, temporaryPath }) => rename(temporaryPath, join(stored, sha256)),
});
const request = {
  target: 'label',
  task: 'CLASSIFICATION',
  features,
  parameters: resolveParameters('GRADIENT_BOOSTING', { earlyStoppingRounds: 0 }),
  split: { strategy: 'INTERLEAVED', testFraction: 0.2, column: null, seed: 0 },
} as const;
const megabytesBefore = peakMegabytes();
const [begin, before] = [performance.now(), process.cpuUsage()];
const { manifest } = await writer.write(
  { tablePath, request },
  { runId: 'run' },
  { signal: new AbortController().signal, onProgress: () => undefined },
);
const seconds = (performance.now() - begin) / 1000;
const { user, system } = process.cpuUsage(before);
const { TRAIN, VALIDATION } = manifest.totals;
const bytes = TRAIN.bytes + VALIDATION.bytes;
const [first] = manifest.shards;
if (first === undefined || statSync(join(stored, first.codes.sha256)).size !== first.codes.sizeBytes) {
  throw new Error('The shards are not where they were stored.');
}
report({
  ...{ bytes, seconds, cpu: (user + system) / 1e6, shards: manifest.shards.length },
  ...{ megabytesBefore, megabytes: peakMegabytes() },
} satisfies ShardsReport);
await thread.close();
