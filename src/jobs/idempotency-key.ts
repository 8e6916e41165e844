import { TrainyardError } from '../errors.ts';

/** How long a key is kept; docs of `idempotencyKey` say it. */
const KEY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** What is known of a job by which a later request with its key is compared. */
interface KeyedJob {
  readonly id: string;
  readonly createdAt: Date;
  /** A hash that is equal for equal requests. */
  readonly idempotencyFingerprint: string | null;
}

/** How a kind of jobs finds the job of a key, and what it says of a key that another request has used. */
export interface KeyedJobs<Job extends KeyedJob> {
  readonly find: () => Promise<Job | null>;
  readonly forgetKey: (id: string) => Promise<void>;
  readonly conflict: { readonly message: string; readonly hint: string };
}

/**
 * The job that was started with a key by the same request; null if there is none, or if it is older than keys are kept. Throws
 * IDEMPOTENCY_CONFLICT if it was another request.
 */
export async function findJobOfKey<Job extends KeyedJob>(
  { find, forgetKey, conflict }: KeyedJobs<Job>,
  fingerprint: string | null,
): Promise<Job | null> {
  const job = await find();
  if (job === null) return null;
  if (job.createdAt.getTime() < Date.now() - KEY_MILLISECONDS) {
    await forgetKey(job.id);
    return null;
  }
  if (job.idempotencyFingerprint === fingerprint) return job;
  throw new TrainyardError('IDEMPOTENCY_CONFLICT', conflict.message, {
    argument: 'input.idempotencyKey',
    hint: conflict.hint,
  });
}
