import type { Metrics } from '../../src/ml/evaluation/metrics.ts';
import type { WorkerPool } from '../../src/ml/parallel/worker-pool.ts';
import type { TrainingRequest, trainModel } from '../../src/ml/train-model.ts';

export interface TimedTraining {
  readonly threads: number;
  /** Seconds of dividing the rows, preparing the features and fitting. */
  readonly fit: number;
  /** Seconds of all cores together for the same: other work on the machine stretches them less. */
  readonly cpu: number;
  /** Seconds of writing the model, reading it back, predicting the test rows and scoring; the baseline likewise. */
  readonly evaluate: number;
  readonly metrics: Metrics;
}

/** Trains to the end, by the trainModel of the source or of the build, and a worker pool of the same. */
export function timeTraining(train: typeof trainModel, request: TrainingRequest, pool: WorkerPool): TimedTraining {
  const startedAt = performance.now();
  const cpuBefore = cpuSeconds();
  const steps = train(request, { pool });
  let fitted: Pick<TimedTraining, 'fit' | 'cpu'> | null = null;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) {
    if (step.value.stage !== 'EVALUATING') continue;
    fitted ??= { fit: (performance.now() - startedAt) / 1000, cpu: cpuSeconds() - cpuBefore };
  }
  if (fitted === null) throw new Error('training always ends with an evaluation');
  return {
    threads: pool.size,
    ...fitted,
    evaluate: (performance.now() - startedAt) / 1000 - fitted.fit,
    metrics: step.value.metrics,
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
