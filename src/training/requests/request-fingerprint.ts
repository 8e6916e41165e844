import { createHash } from 'node:crypto';
import type { TrainingParams } from './plan-training.ts';

/** A hash that is equal for equal requests. */
export function fingerprintOf(params: TrainingParams): string {
  return (
    createHash('sha256')
      // What is not wanted is as if it were not there: keys of requests of earlier versions stay good.
      .update(JSON.stringify(sorted({ ...params, refit: params.refit || null, monotone: constraintsOf(params) })))
      .digest('hex')
  );
}

/** Null for none; their order does not matter. */
function constraintsOf({ monotone }: TrainingParams): readonly string[] | null {
  const texts = new Set(monotone.map(({ column, direction }) => `${direction} ${column}`));
  return texts.size === 0 ? null : [...texts].sort();
}

/** The value with sorted object keys, and without null fields. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const given = Object.entries(value).filter(([, each]) => each !== null && each !== undefined);
  return given.sort(([left], [right]) => (left < right ? -1 : 1)).map(([name, each]) => [name, sorted(each)]);
}
