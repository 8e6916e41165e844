import type { JobContext } from '../../platform/jobs/jobs.ts';
import type { WorkerRegistry } from './worker-registry.ts';

/** Works on a job that the registry knows this worker to hold meanwhile. */
export async function whileHeld(
  registry: Pick<WorkerRegistry, 'hold' | 'release'>,
  { jobId, signal }: Pick<JobContext, 'jobId' | 'signal'>,
  work: () => Promise<void>,
): Promise<void> {
  // A worker that is shutting down leaves the job to another one.
  signal.throwIfAborted();
  try {
    // In a transaction of its own: otherwise the next heartbeat would wait for the claim.
    await registry.hold(jobId);
    await work();
  } catch (error) {
    // When this worker shuts down, its unfinished job must stay assigned to it.
    if (!signal.aborted) registry.release(jobId);
    throw error;
  }
  registry.release(jobId);
}
