/** A process that benchmarks/training-scaling.ts starts: boosting on a made-up table of any size. */
import { resolveParameters } from '../../src/ml/parameters/parameters.ts';
import { trainModel } from '../../src/ml/train-model.ts';
import { peakMegabytes, report } from './child.ts';
import { madeTable } from './made-table.ts';
import { type TimedTraining, timeTraining } from './timed-training.ts';
import { withWorkerPool } from './worker-pool.ts';

export interface ScalingOrder {
  readonly rowCount: number;
  readonly columnCount: number;
  /** Cores that training may use. */
  readonly threads: number;
}

export interface ScalingReport extends TimedTraining {
  readonly megabytesBefore: number;
  readonly megabytes: number;
}

const order = JSON.parse(process.argv[2] ?? '') as ScalingOrder;
const categoryCount = Math.floor(order.columnCount / 4);
const { table, features } = madeTable({
  rowCount: order.rowCount,
  numberCount: order.columnCount - categoryCount,
  categoryCount,
  missingShare: 0.05,
  seed: 1,
});
const megabytesBefore = peakMegabytes();
const request = {
  table,
  target: 'label',
  task: 'CLASSIFICATION',
  features,
  algorithm: 'GRADIENT_BOOSTING',
  parameters: resolveParameters('GRADIENT_BOOSTING', { trees: 100, maxDepth: 6, learningRate: 0.1 }),
  split: { strategy: 'INTERLEAVED', testFraction: 0.2, column: null, seed: 0 },
} as const;
const trained = await withWorkerPool('src', order.threads, (pool) => timeTraining(trainModel, request, pool));
report({ ...trained, megabytesBefore, megabytes: peakMegabytes() } satisfies ScalingReport);
