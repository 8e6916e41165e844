import { createHash } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import type { ColumnDrift } from '../../../ml/drift/column-drift.ts';
import { reportDone } from '../../../platform/test-pace.ts';
import { PoolCoordinator } from '../../../platform/threads/pool-coordinator.ts';
import { serveThread } from '../../../platform/threads/serve-thread.ts';
import type { WithPool } from '../../../platform/threads/warm-worker.ts';
import { parseModel } from '../../../runtime/format/model-file-schema.ts';
import type { NumberFormat } from '../../../runtime/values/cells.ts';
import { openRecords } from '../../../tabular/records/open-records.ts';
import type { CsvDialect } from '../../../tabular/sniffer/dialect.ts';
import type { PredictionWarning } from '../../check-rows.ts';
import { BatchTotals, testWarnings } from './batch-result.ts';
import { ChunkPredictor, type ChunkResult, type PreviewRow } from './chunk-predictor.ts';
import { chunkBounds, predictInOrder } from './ordered-chunks.ts';
import { OpenedRunTest, type RunTest } from './run-test.ts';
import { type BatchScore, TestedRows } from './tested-rows.ts';

/** The input of the thread that coordinates a batch. */
export interface BatchInput {
  /** The dataset's file as it was uploaded. */
  readonly path: string;
  readonly dialect: CsvDialect;
  /** The bytes of the model's file, in shared memory: each thread reads them once. */
  readonly modelBytes: Uint8Array;
  readonly contributions: number;
  /** How the file writes the numbers of the target; null where plainly, or where it has none. */
  readonly targetFormat: NumberFormat | null;
  readonly runTest: RunTest | null;
  /** Where the result is written, and a copy of a file that has to be converted, which is removed. */
  readonly outputPath: string;
  readonly copyPath: string;
}

/** What a batch came to; its file is at `outputPath`. */
export interface BatchOutcome {
  readonly rows: number;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly preview: readonly PreviewRow[];
  readonly warnings: readonly PredictionWarning[];
  readonly drift: readonly ColumnDrift[] | null;
  readonly score: BatchScore | null;
}

/** Messages of the thread: how far it is, then the outcome. */
export type BatchMessage =
  | { readonly type: 'progress'; readonly progress: number }
  | { readonly type: 'evaluating' }
  | { readonly type: 'outcome'; readonly outcome: BatchOutcome };

/** A worker writes ten times a second. */
const MILLISECONDS_BETWEEN_REPORTS = 50;

serveThread<WithPool<BatchInput>, BatchMessage>((input, send) => {
  try {
    send({ type: 'outcome', outcome: predictFile(input, send) });
  } finally {
    rmSync(input.copyPath, { force: true });
    reportDone();
  }
});

function predictFile(input: WithPool<BatchInput>, send: (message: BatchMessage) => void): BatchOutcome {
  const { modelBytes, contributions, targetFormat } = input;
  const runTest = new OpenedRunTest(input.runTest);
  const file = openRecords(input.path, input.dialect, input.copyPath);
  const predictionProfile = runTest.predictionProfile(parseModel(modelBytes));
  const chunkInput = { file, modelBytes, contributions, targetFormat, predictionProfile, bounds: chunkBounds(file) };
  using coordinator = new PoolCoordinator(input.pool);
  using own = new ChunkPredictor(chunkInput);
  using output = new HashedFile(input.outputPath);
  const { isScored, areToldApart } = runTest.scoredRows();
  const totals = new BatchTotals(own.model, predictionProfile);
  const tested = new TestedRows(own.model, isScored);
  let reportedAt = Number.NEGATIVE_INFINITY;
  const take = (chunk: ChunkResult, progress: number) => {
    output.write(chunk.output);
    if (chunk.tested !== null) tested.add(totals.rows, chunk.tested);
    totals.add(chunk);
    const now = performance.now();
    if (now - reportedAt < MILLISECONDS_BETWEEN_REPORTS) return;
    reportedAt = now;
    send({ type: 'progress', progress });
  };
  // The first part may take seconds, with contributions.
  send({ type: 'progress', progress: 0 });
  for (const _ of predictInOrder(chunkInput, own, coordinator, take));
  send({ type: 'evaluating' });
  const score = tested.score(runTest.positiveOf(own.model));
  return {
    rows: totals.rows,
    ...output.finish(),
    preview: totals.preview,
    warnings: [...totals.warnings(), ...(tested.known > 0 ? testWarnings(own.model.target, tested, areToldApart) : [])],
    drift: totals.drift(),
    score,
  };
}

/** A file whose hash is known as soon as it has been written. */
class HashedFile implements Disposable {
  readonly #descriptor: number;
  readonly #hash = createHash('sha256');
  #sizeBytes = 0;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'w', 0o600);
  }

  write(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
    this.#sizeBytes += bytes.length;
  }

  finish(): { readonly sha256: string; readonly sizeBytes: number } {
    return { sha256: this.#hash.digest('hex'), sizeBytes: this.#sizeBytes };
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
