import { availableParallelism } from 'node:os';

/** The number of threads of a pool: one for each processor that the process may use, and at most `max`. */
export function poolSize(max = Number.POSITIVE_INFINITY): number {
  return Math.min(max, availableParallelism());
}
