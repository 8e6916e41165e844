import type { WorkerPool } from '../../src/ml/parallel/worker-pool.ts';

/** Where the code is that is measured: the source, or the build that users run. */
export type CodeRoot = 'src' | 'dist';

/** Does some work with so many threads, this one among them, as a worker has them. */
export async function withWorkerPool<Result>(
  root: CodeRoot,
  threads: number,
  work: (pool: WorkerPool) => Result,
): Promise<Result> {
  const moduleAt = (name: string): URL =>
    new URL(`../../${root}/${name}.${root === 'src' ? 'ts' : 'js'}`, import.meta.url);
  const { startPoolWorkers } = (await import(
    moduleAt('platform/threads/start-pool-workers').href
  )) as typeof import('../../src/platform/threads/start-pool-workers.ts');
  const { PoolCoordinator } = (await import(
    moduleAt('platform/threads/pool-coordinator').href
  )) as typeof import('../../src/platform/threads/pool-coordinator.ts');
  const { TrainingWorkerPool } = (await import(
    moduleAt('training/worker/training-worker-pool').href
  )) as typeof import('../../src/training/worker/training-worker-pool.ts');
  const { access, workers } = startPoolWorkers(moduleAt('training/worker/pool-worker.thread'), threads - 1);
  try {
    using leader = new PoolCoordinator(access);
    return work(new TrainingWorkerPool(leader));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
